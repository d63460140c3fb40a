"""Which company, which data folder, which control store: said once, by the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import dlt_sources
from dlt_sources.settings import Company, load_company
from finance_assets.control.store import ControlStore
from finance_assets.lib.data_dir import DataDir

COMPANY_VARIABLE = "FINANCE_COMPANY"
DATA_DIR_VARIABLE = "FINANCE_DATA_DIR"
POSTGRES_VARIABLE = "FINANCE_POSTGRES_URL"
# The company a fresh clone has: the simulated one.
SANDBOX_COMPANY = Path(dlt_sources.__file__).parent / "sandbox" / "company.yaml"


@dataclass(frozen=True)
class Settings:
    """A company and where its data are."""

    company: Company
    data_dir: DataDir
    postgres_url: str | None = None

    @classmethod
    def from_environment(cls) -> Settings:
        """Read the company file the environment names, or the sandbox company's; raise ConfigurationError."""
        company = load_company(os.environ.get(COMPANY_VARIABLE) or SANDBOX_COMPANY)
        root = os.environ.get(DATA_DIR_VARIABLE) or Path(".data") / company.company
        return cls(company, DataDir(Path(root).resolve()), os.environ.get(POSTGRES_VARIABLE) or None)

    def open_store(self) -> ControlStore:
        """Open the company's control store: in PostgreSQL when that is set, else in the data folder."""
        if self.postgres_url:
            return ControlStore.in_postgres(self.postgres_url, self.company.company)
        return ControlStore.in_file(self.data_dir.control_file)
