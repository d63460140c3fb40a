"""Where one company's files are. Everything in the folder but the landing and the control store can be rebuilt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class DataDir:
    """The data folder of one company."""

    root: Path

    @property
    def landing(self) -> Path:
        """A DuckDB file per instance, append-only: as received."""
        return self.root / "landing"

    def landing_file(self, instance: str) -> Path:
        """The file the instance's loads are appended to."""
        return self.landing / f"{instance}.duckdb"

    @property
    def warehouse(self) -> Path:
        """The folder of the build warehouse and of what dbt writes."""
        return self.root / "warehouse"

    @property
    def build_file(self) -> Path:
        """The warehouse being built; readers use the published one."""
        return self.warehouse / "build.duckdb"

    @property
    def dbt_target(self) -> Path:
        """dbt's manifest, results and parser cache."""
        return self.warehouse / "target"

    @property
    def published(self) -> Path:
        """What people read; see lib.publish for how it is swapped."""
        return self.root / "published"

    @property
    def published_file(self) -> Path:
        """The warehouse that people read."""
        return self.published / "finance.duckdb"

    @property
    def control_file(self) -> Path:
        """The control store, unless it is in PostgreSQL."""
        return self.root / "control" / "control.sqlite"

    @property
    def dagster_home(self) -> Path:
        """Dagster's configuration, and its run history unless that is in PostgreSQL."""
        return self.root / "dagster"

    @property
    def docs_file(self) -> Path:
        """dbt's documentation as one page that opens offline."""
        return self.root / "docs" / "index.html"

    @property
    def lock_file(self) -> Path:
        """Held by the one run that may write here."""
        return self.root / "run.lock"

    @property
    def log_file(self) -> Path:
        """What the tools of the last command-line run had to say."""
        return self.root / "logs" / "run.log"

    @property
    def alerts_file(self) -> Path:
        """What the nights had to tell the owners of exceptions: a JSON object per line."""
        return self.root / "logs" / "alerts.jsonl"
