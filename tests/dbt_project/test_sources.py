"""The tables dbt expects are the tables the sources land: one list of fields, told twice and held together."""

import re

import pytest

from dlt_sources.registry import load_systems
from tests.dbt_project.conftest import ParsedProject
from tests.dbt_project.empty_warehouse import DBT_PROJECT, declared_sources

SYSTEMS = load_systems()
DECLARED = {
    source["name"].removeprefix("landed_"): {table["name"]: table for table in source["tables"]}
    for source in declared_sources()
    if source["name"].startswith("landed_")
}


def test_every_system_is_declared() -> None:
    assert sorted(DECLARED) == sorted(SYSTEMS)


@pytest.mark.parametrize("system", sorted(SYSTEMS))
def test_every_resource_has_its_fields_key_and_mode(system: str) -> None:
    landed = {
        name: (set(resource.fields), list(resource.key), str(resource.mode))
        for name, resource in SYSTEMS[system].resources.items()
    }
    declared = {
        name: (
            {column["name"] for column in table["columns"]},
            table["config"]["meta"]["key"],
            table["config"]["meta"]["load_mode"],
        )
        for name, table in DECLARED[system].items()
    }
    assert declared == landed


def test_base_models_and_tests_name_the_key_of_their_resource(project: ParsedProject) -> None:
    """A key that differs from the resource's would merge rows that are two, or keep versions apart that are one."""
    wrong = []
    for path in sorted(DBT_PROJECT.glob("models/staging/*/base/*.sql")):
        for system, table, keys in re.findall(
            r"current_rows\(source\('landed_(\w+)', '(\w+)'\), \[(.*?)\]\)", path.read_text(), re.DOTALL
        ):
            used = {key.strip().strip("'").strip('"') for key in keys.split(",") if key.strip()}
            if used != set(SYSTEMS[system].resources[table].key):
                wrong.append(f"{path.name}: {sorted(used)}")
    for node in project.manifest["nodes"].values():
        metadata = node.get("test_metadata") or {}
        if metadata.get("name") == "every_landed_row_once":
            arguments = metadata["kwargs"]
            system, table = re.search(r"source\('landed_(\w+)', '(\w+)'\)", arguments["landed"]).groups()
            used = {key.strip('"') for key in arguments["keys"]}
            if used != set(SYSTEMS[system].resources[table].key) or arguments["table_name"] != table:
                wrong.append(f"{node['name']}: {sorted(used)}")
    assert wrong == []
