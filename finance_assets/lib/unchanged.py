"""Which systems need no building: what they have landed is what it was when they were built, and so is the code.

Staging and conformed models of a system read what it has landed and the as-of date, and nothing else that changes from
night to night. So a system the company does not have, and a close without extraction, cost nothing there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from dlt_sources.registry import load_systems

_CREATE = "create table if not exists control.built_systems (system varchar primary key, fingerprint varchar)"
# A landing table that has other rows than it had, though no load came, is built from again: the gates behind find out.
_LANDED = """
    select system, list_sort(list(fact))
    from (
        select system, concat_ws('|', instance, resource, load_id, load_mode, is_latest) as fact
        from control.accepted_loads
        union all
        select system, concat_ws('|', address, rows) as fact
        from control.landed_rows
    )
    group by system
"""


def forget_systems(build_file: Path) -> None:
    """Take all systems for unknown: somebody builds chosen tables by hand."""
    with duckdb.connect(str(build_file)) as connection:
        connection.execute("drop table if exists control.built_systems")


@contextmanager
def building_systems(build_file: Path, code: str, as_of: date) -> Iterator[list[str]]:
    """Yield the systems that need no building; when the block ends well, all systems are known as built.

    `code` identifies the dbt project. A block that fails, or a process that dies in it, leaves the systems it was
    building unknown: they are built next time, whatever they hold.
    """
    with duckdb.connect(str(build_file)) as connection:
        connection.execute(_CREATE)
        now = _fingerprints(connection, code, as_of)
        built = dict(connection.execute("select system, fingerprint from control.built_systems").fetchall())
        changed = [system for system, fingerprint in now.items() if built.get(system) != fingerprint]
        connection.execute("delete from control.built_systems where list_contains(?, system)", [changed])
    yield sorted(set(now) - set(changed))
    with duckdb.connect(str(build_file)) as connection:
        connection.executemany(
            "insert or replace into control.built_systems values (?, ?)", [[*item] for item in now.items()]
        )


def _fingerprints(connection: duckdb.DuckDBPyConnection, code: str, as_of: date) -> dict[str, str]:
    landed = dict(connection.execute(_LANDED).fetchall())
    return {
        # What has no rows has none on any day.
        system: _hash(code, as_of.isoformat(), *landed[system]) if system in landed else _hash(code)
        for system in load_systems()
    }


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
