"""Nights of a small company in a temporary folder, without a network."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path

import pytest

from finance_assets.lib import landing
from finance_assets.lib.data_dir import DataDir
from finance_assets.lib.night import Night, begin_night
from finance_assets.lib.settings import Settings
from tests.finance_assets.fakes import FakeSources, rates_company

BeginNight = Callable[..., AbstractContextManager[Night]]


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> FakeSources:
    """The sources of the company's instances, to be filled and broken by a test."""
    fake = FakeSources()
    monkeypatch.setattr(landing, "build_source", fake.build)
    return fake


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A company of two instances of the ECB and its data folder."""
    return Settings(rates_company(tmp_path, "ecb", "ecb_mirror"), DataDir(tmp_path / "data"))


@pytest.fixture
def begin(settings: Settings) -> BeginNight:
    """Begin night n: runs are called run-1, run-2 and so on, as of 30 September 2026 unless said otherwise."""
    count = iter(range(1, 100))

    def night(as_of: date = date(2026, 9, 30), systems: tuple[str, ...] = ()) -> AbstractContextManager[Night]:
        return begin_night(settings, f"run-{next(count)}", as_of, systems)

    return night
