"""The sandbox company: one simulated group whose truth is known to the cent.

`build_world(seed, scale).as_of(day, errors)` gives a `Snapshot` with `.vendor(system)`, `.truth` and `.labels`.
"""

from dlt_sources.sandbox.company.errors import ERROR_CLASSES, EXCEPTION_TYPES
from dlt_sources.sandbox.company.world import Snapshot, World, build_world

__all__ = ["ERROR_CLASSES", "EXCEPTION_TYPES", "Snapshot", "World", "build_world"]
