"""A company in a temporary folder, and the command line driven as a user drives it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SANDBOX = ROOT / "dlt_sources" / "sandbox"
# Small enough for minutes, large enough that every labelled error occurs.
SCALE = 0.05
EXIT_HEALTHY, EXIT_FAILED, EXIT_DEGRADED, EXIT_GATE_CLOSED = 0, 1, 10, 20


@dataclass
class Platform:
    """One company with its own data folder; every call is a process of its own, as in production."""

    folder: Path
    company_file: Path
    environment: dict[str, str] = field(default_factory=dict)

    def command(self, *words: str) -> list[str]:
        return [str(Path(sys.executable).with_name("finance")), *words]

    def env(self) -> dict[str, str]:
        return {**os.environ, "FINANCE_DATA_DIR": str(self.folder / "data"), **self.environment}

    def call(self, *words: str, timeout: int = 600) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words), cwd=self.folder, env=self.env(), capture_output=True, text=True, timeout=timeout
        )

    def run(self, *words: str, expect: int | None = EXIT_HEALTHY) -> dict[str, Any]:
        """`finance run --json`; returns its report and checks the exit code (None: any)."""
        done = self.call("run", "--company", str(self.company_file), "--json", *words)
        assert expect is None or done.returncode == expect, (
            f"exit {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        )
        report = json.loads(done.stdout)
        report["exit_code"] = done.returncode
        return report

    def query(self, sql: str) -> list[dict[str, Any]]:
        done = self.call("query", "--company", str(self.company_file), "--json", sql)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def score(self) -> dict[str, Any]:
        done = self.call("score", "--company", str(self.company_file), "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def copied_to(self, folder: Path) -> Platform:
        """Return the company with what it has landed and published, to do harm to: the other tests share this one."""
        shutil.copytree(self.folder / "data", folder / "data", symlinks=True)
        shutil.copy(self.company_file, folder)
        return Platform(folder, folder / self.company_file.name)


def sandbox_platform(folder: Path, **sandbox: Any) -> Platform:
    """The sandbox company copied to `folder`, with its `sandbox:` block replaced in part."""
    company = yaml.safe_load((SANDBOX / "company.yaml").read_text())
    company["sandbox"] = {**company["sandbox"], **sandbox}
    company["mappings"] = str(SANDBOX / "mappings")
    company_file = folder / "company.yaml"
    company_file.write_text(yaml.safe_dump(company, sort_keys=False))
    return Platform(folder, company_file)


@pytest.fixture(scope="session")
def errors_company(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """The sandbox company with every labelled error on, after one healthy night."""
    platform = sandbox_platform(tmp_path_factory.mktemp("errors"), scale=SCALE, errors="all")
    platform.run()
    return platform


@pytest.fixture(scope="session")
def clean_company(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """The sandbox company without errors, of another seed, after one healthy night."""
    platform = sandbox_platform(tmp_path_factory.mktemp("clean"), scale=SCALE, seed=11, errors="none")
    platform.run()
    return platform
