"""A protocol serves whoever speaks it: no system is named in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dlt_sources.protocols
from dlt_sources.registry import load_systems

# First words of names that name no system: a language, and a database that speaks it.
LANGUAGES = {"sql", "oracle"}
MODULES = sorted(Path(dlt_sources.protocols.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_protocol_names_no_system(module: Path) -> None:
    names = {name for system in load_systems() for name in (system, system.split("_")[0])} - LANGUAGES
    named = {name for name in names if re.search(rf"\b{name}\b", module.read_text(), re.IGNORECASE)}
    assert not named
