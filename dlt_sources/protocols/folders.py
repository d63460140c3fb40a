"""A folder that somebody drops files into: which files count, and what to say when there is none."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from dlt_sources.errors import SourceUnavailable
from dlt_sources.protocols.reader import Reader
from dlt_sources.spec import ResourceSpec

# What a transfer calls a file that is still being written.
UNFINISHED = (".tmp", ".part")


class FolderReader(Reader):
    """Knows the instance's folder."""

    may_be_empty: ClassVar[bool] = False
    """Whether no file is an answer, and not a file that is late."""

    def paths(self, resource: ResourceSpec, pattern: str) -> list[Path]:
        """Return the files that match, by name; raise SourceUnavailable when there is no folder or no such file."""
        folder = Path(self.assignment.folder)
        if not self.assignment.folder or not folder.is_dir():
            raise self.unavailable(
                resource, f"there is no folder '{folder}'", "mount it, or correct `folder` in the company file"
            )
        paths = finished_files(folder, pattern)
        if not paths and not self.may_be_empty:
            raise self.unavailable(
                resource, f"no file in '{folder}' matches '{pattern}'", "drop the file there, then run again"
            )
        return paths

    def unreadable(self, resource: ResourceSpec, path: Path, error: OSError) -> SourceUnavailable:
        """Return the error of a file that is there and cannot be opened."""
        return self.unavailable(
            resource, f"{path.name} cannot be read ({error.strerror})", "give the user of the platform read rights"
        )

    def unavailable(self, resource: ResourceSpec, message: str, next_step: str) -> SourceUnavailable:
        """Return the error of a source that cannot be read now."""
        return SourceUnavailable(
            message,
            system=self.assignment.system.name,
            instance=self.assignment.instance,
            resource=resource.name,
            next_step=next_step,
        )


def finished_files(folder: Path, pattern: str) -> list[Path]:
    """Return the files of the folder that match and are whole, by name."""
    return sorted(path for path in folder.glob(pattern) if path.is_file() and path.suffix.lower() not in UNFINISHED)
