"""A system is in the registry with its paperwork, or it is refused with the file, the key and the remedy."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from dlt_sources.errors import ConfigurationError
from dlt_sources.registry import SYSTEMS_FOLDER, load_system, load_systems, readers_of

CARD: dict[str, Any] = {
    "name": "acme",
    "title": "Acme",
    "description": "A system.",
    "owner": "Head of Tests",
    "process": "testing",
    "sla": {"freshness_hours": 24, "time_zone": "Europe/Berlin"},
    "kind": "erp",
    "freshness_tier": "nightly",
    "data_class": "internal",
    "contract": {"version": "1.0.0", "vendor_interface": "v1"},
    "protocol": "odata_v2",
    "request_budget": {"requests_per_second": 5, "requests_per_day": 100},
    "auth": {"kind": "basic"},
    "resources": {
        "lines": {
            "description": "Lines.",
            "path": "Lines",
            "key": ["Id"],
            "mode": "incremental",
            "cursor": {"field": "ChangedAt", "kind": "iso_timestamp", "overlap": "2h"},
            "fields": ["Id", "ChangedAt"],
        }
    },
}


def card(tmp_path: Path, change: dict[str, Any] | None = None, without: str = "") -> Path:
    """The card in a file, with values changed (by dotted path) or one key left out."""
    document = copy.deepcopy(CARD)
    for dotted, value in (change or {}).items():
        *parents, last = dotted.split(".")
        target = document
        for parent in parents:
            target = target[parent]
        target[last] = value
    document.pop(without, None)
    folder = tmp_path / "acme"
    folder.mkdir()
    path = folder / "system.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ConfigurationError) as refused:
        load_system(path)
    assert str(path) in str(refused.value)
    return str(refused.value)


def test_a_complete_card_is_a_system(tmp_path: Path) -> None:
    system = load_system(card(tmp_path))
    assert system.resources["lines"].name == "lines"
    assert system.resources["lines"].data_class == "internal"
    assert system.auth.credentials == ("user", "password")


@pytest.mark.parametrize("key", ["owner", "sla", "contract", "data_class", "process", "freshness_tier", "kind"])
def test_a_system_without_its_paperwork_is_refused(tmp_path: Path, key: str) -> None:
    assert f"'{key}' is missing: add it" in refusal(card(tmp_path, without=key))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ownr": "x"}, "unknown key 'ownr' (did you mean 'owner'?"),
        ({"sla.freshness_hour": 3}, "unknown key 'sla.freshness_hour' (did you mean 'freshness_hours'?"),
        ({"sla.time_zone": "Middle Earth"}, "not an IANA time zone"),
        ({"contract.version": "1"}, "'contract.version'"),
        ({"resources.lines.feilds": ["Id"]}, "unknown key 'resources.lines.feilds' (did you mean 'fields'?"),
        ({"resources.lines.key": ["Number"]}, "key ['Number'] is not among the fields"),
        ({"resources.lines.fields": ["Id", "Id", "ChangedAt"]}, "fields ['Id'] are listed twice"),
        ({"resources.lines.cursor": None}, "an incremental resource needs a cursor"),
        ({"resources.lines.mode": "snapshot"}, "a snapshot is read whole"),
        ({"resources.lines.cursor.overlap": "soon"}, "not a duration such as 10m"),
        ({"resources.lines.request": {"filtr": "x"}},
         "unknown key 'resources.lines.request.filtr' (did you mean 'filter'?"),
        ({"resources": {"Lines": CARD["resources"]["lines"]}}, "'Lines' is not snake_case"),
        ({"protocol": "odata"}, "unknown protocol 'odata' (did you mean 'odata_v4'?"),
        ({"auth": {"kind": "client_credentials"}}, "needs token_path"),
        ({"reader": "dlt_sources.nowhere.Reader"}, "cannot be imported"),
        ({"reader": "dlt_sources.stripe.reader.StripeReader"}, "does not speak 'odata_v2'"),
        ({"name": "other"}, "'name' must be 'acme'"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_key_and_remedy(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    assert said in refusal(card(tmp_path, change))


def test_a_key_given_twice_is_a_mistake(tmp_path: Path) -> None:
    path = card(tmp_path)
    path.write_text(path.read_text() + "owner: Somebody Else\n")
    assert "key 'owner' is given twice" in refusal(path)


def test_every_system_of_the_platform_is_registered() -> None:
    systems = load_systems()
    assert {"anaplan", "ecb", "salesforce", "sap_s4hana", "stripe"} <= set(systems)
    for system in systems.values():
        assert readers_of(system)


@pytest.mark.parametrize("system", load_systems().values(), ids=lambda system: system.name)
def test_every_system_has_a_readme_on_scopes_quirks_and_limits(system) -> None:
    readme = SYSTEMS_FOLDER / system.name / "README.md"
    text = readme.read_text()
    for heading in ("## Access", "## Quirks", "## Limits"):
        assert heading in text, f"{readme} lacks {heading}"


def test_a_resource_may_be_read_over_a_protocol_of_its_own(tmp_path: Path) -> None:
    charts = {
        "description": "Charts.",
        "path": "charts",
        "key": ["chart"],
        "mode": "snapshot",
        "protocol": "settings_rows",
        "fields": ["chart"],
        "request": {"option": "charts"},
    }
    system = load_system(card(tmp_path, {"resources.charts": charts}))
    assert [kind.__name__ for kind in readers_of(system).values()] == ["ODataReader", "SettingsRowsReader"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"resources.lines.protocol": "settings_row"}, "unknown protocol 'settings_row' (did you mean"),
        ({"resources.lines.protocol": "settings_rows"}, "resources.lines.request"),
        ({"resources.lines.protocol": "rest_list"}, "two protocols over HTTP would each spend"),
    ],
)
def test_the_protocol_of_a_resource_is_checked_as_that_of_a_system(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    assert said in refusal(card(tmp_path, change))
