"""The manifest of a company: without the systems it does not have, its tables in the order they are built."""

import json
from pathlib import Path
from typing import Any

import pytest

from finance_assets.lib.dbt_manifest import DbtManifest


def node(name: str, folder: str, *reads: str, kind: str = "model") -> dict[str, Any]:
    return {
        "unique_id": name,
        "resource_type": kind,
        "schema": folder.split(".")[0],
        "alias": name,
        "fqn": ["finance", *folder.split("."), name],
        "depends_on": {"nodes": list(reads)},
    }


NODES = [
    node("mart", "marts.close", "rates"),
    node("rec", "reconciliation", "rates"),
    node("rates", "canonical", "ecb_rates", "sap_rates"),
    node("sap_rates", "conformed.sap_s4hana", "landed_sap"),
    node("ecb_rates", "conformed.ecb", "landed_ecb", "codes"),
    node("codes", "reference", kind="seed"),
    node("sap_test", "canonical", "sap_rates", "rates", kind="test"),
    node("rates_test", "canonical", "rates", kind="test"),
    node("late_test", "canonical", "rates", "rec", kind="test"),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A project in which rates come from the ECB and from SAP."""
    sources = {"landed_sap": {"schema": "landed_sap_s4hana"}, "landed_ecb": {"schema": "landed_ecb"}}
    parents = {each["unique_id"]: each["depends_on"]["nodes"] for each in NODES}
    children: dict[str, list[str]] = {name: [] for name in [*parents, *sources]}
    for name, read in parents.items():
        for parent in read:
            children[parent].append(name)
    content = {
        "nodes": {each["unique_id"]: each for each in NODES},
        "sources": sources,
        "parent_map": parents,
        "child_map": children,
    }
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps(content))
    return file


def test_what_belongs_to_other_systems_is_not_there_and_nobody_reads_it(path: Path) -> None:
    content = DbtManifest(path, ("ecb",)).content
    gone = {"sap_rates", "sap_test", "landed_sap"}
    assert {*content["nodes"], *content["sources"]} == {
        *(each["unique_id"] for each in NODES if each["unique_id"] not in gone),
        "landed_ecb",
    }
    assert content["nodes"]["rates"]["depends_on"]["nodes"] == ["ecb_rates"]
    assert content["parent_map"]["rates"] == ["ecb_rates"]
    assert set(content["child_map"]["rates"]) == {"mart", "rec", "rates_test", "late_test"}


def test_everything_is_there_where_no_systems_are_named(path: Path) -> None:
    assert len(DbtManifest(path).content["nodes"]) == len(NODES)


def test_a_table_stands_behind_what_it_reads(path: Path) -> None:
    order = list(DbtManifest(path).tables("canonical"))
    assert set(order) == {"codes", "ecb_rates", "sap_rates", "rates"}
    assert order.index("codes") < order.index("ecb_rates") < order.index("rates") > order.index("sap_rates")


def test_a_test_is_run_in_the_step_of_its_last_parent_when_a_parent_is_built(path: Path) -> None:
    manifest = DbtManifest(path)
    assert manifest.tests("canonical", {"rates"}) == {"sap_test", "rates_test"}
    assert manifest.tests("canonical", {"ecb_rates"}) == set()
    assert manifest.tests("reconciliation", {"rec"}) == {"late_test"}


def test_tables_columns_and_what_dbt_only_reads_are_described(tmp_path: Path) -> None:
    amount = {"amount": {"description": "Debit > 0."}, "id": {"description": ""}}
    lines = node("lines", "canonical") | {"description": "One row per line.", "columns": amount}
    queue = {"schema": "control", "identifier": "exceptions", "description": "The work queue.", "columns": {"id": {}}}
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps({"nodes": {"lines": lines}, "sources": {"queue": queue}}))
    assert DbtManifest(file).descriptions() == {
        "canonical.lines": "One row per line.",
        "canonical.lines.amount": "Debit > 0.",
        "canonical.lines.id": "",
        "control.exceptions": "The work queue.",
        "control.exceptions.id": "",
    }
