"""A new system: a card with blanks that the registry names, then gates and SQL that build as they are."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest
import yaml

from dlt_sources.errors import ConfigurationError
from dlt_sources.protocols import PROTOCOLS
from dlt_sources.registry import load_system
from finance_assets.lib.dbt_manifest import DbtManifest
from finance_assets.lib.scaffold import Scaffold
from finance_assets.lib.suites import load_suites
from tests.dbt_project.conftest import ParsedProject
from tests.dbt_project.empty_warehouse import DBT_PROJECT, LANDING_COLUMNS
from tests.dbt_project.test_project import dbt

FILLED = {
    "kind": "rates",
    "description": "Rates of a provider.",
    "owner": "Treasurer",
    "process": "record to report",
    "contract": {"version": "1.0.0", "vendor_interface": "v1"},
    "resources": {
        "quotes": {
            "description": "Quotes.",
            "path": "v1/quotes",
            "key": ["QuoteId"],
            "mode": "incremental",
            "cursor": {"field": "createdAt", "kind": "iso_timestamp", "overlap": "1h"},
            "fields": ["QuoteId", "base-currency", "createdAt"],
        },
        "currencies": {
            "description": "Currencies.",
            "path": "v1/currencies",
            "key": ["code", "valid_from"],
            "mode": "snapshot",
            "fields": ["code", "valid_from", "name"],
        },
    },
}


@pytest.fixture
def scaffold(tmp_path: Path) -> Scaffold:
    """A checkout to write into."""
    shutil.copytree(DBT_PROJECT, tmp_path / "dbt_project", ignore=shutil.ignore_patterns("target"))
    return Scaffold(tmp_path / "systems", tmp_path / "expectations", tmp_path / "dbt_project")


def fill_in(scaffold: Scaffold, name: str) -> None:
    path = scaffold.systems / name / "system.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **FILLED}, sort_keys=False))


@pytest.mark.parametrize("protocol", sorted(PROTOCOLS))
def test_the_registry_names_the_blanks_of_a_card_and_nothing_else(tmp_path: Path, protocol: str) -> None:
    scaffold = Scaffold(tmp_path / "systems", tmp_path, tmp_path)
    card, *_ = scaffold.new_card("acme", protocol)
    with pytest.raises(ConfigurationError) as refused:
        load_system(card)
    for blank in ("kind", "description", "owner", "process", "contract.vendor_interface", "resources.records.key"):
        assert f"'{blank}'" in str(refused.value)
    assert "protocol" not in str(refused.value) and "auth" not in str(refused.value)


def test_what_is_asked_for_wrongly_is_refused_in_words(scaffold: Scaffold, project: ParsedProject) -> None:
    assert project.manifest
    manifest = DbtManifest(project.target / "manifest.json")
    with pytest.raises(ConfigurationError, match="not snake_case"):
        scaffold.new_card("Acme", "rest_list")
    with pytest.raises(ConfigurationError, match="did you mean 'rest_list'"):
        scaffold.new_card("acme", "rest_lst")
    with pytest.raises(ConfigurationError, match="begin with `finance new system acme"):
        scaffold.new_models("acme", [], manifest)
    scaffold.new_card("acme", "rest_list")
    with pytest.raises(ConfigurationError, match="is there already"):
        scaffold.new_card("acme", "rest_list")
    with pytest.raises(ConfigurationError, match="'owner'"):
        scaffold.new_models("acme", [], manifest)
    fill_in(scaffold, "acme")
    with pytest.raises(ConfigurationError, match="did you mean 'fx_rates'"):
        scaffold.new_models("acme", ["fx_rate"], manifest)
    assert not (scaffold.dbt_project / "models/staging/acme").exists(), "nothing is left half written"


def test_what_is_written_is_a_part_of_the_project_that_builds(
    scaffold: Scaffold, project: ParsedProject, tmp_path: Path
) -> None:
    assert project.manifest
    scaffold.new_card("acme", "rest_list", "Acme Rates")
    fill_in(scaffold, "acme")
    scaffold.new_models("acme", ["fx_rates"], DbtManifest(project.target / "manifest.json"))
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("create schema landed_acme")
        for name, resource in FILLED["resources"].items():
            columns = {**dict.fromkeys(resource["fields"], "varchar"), **LANDING_COLUMNS}
            listed = ", ".join(f'"{column}" {data_type}' for column, data_type in columns.items())
            connection.execute(f'create table landed_acme."{name}" ({listed})')
        connection.execute(
            "insert into landed_acme.quotes by name select 'q1' as QuoteId, 'EUR' as \"base-currency\", 'acme' as "
            "source_instance, 'acme-1' as load_id, 1 as load_sequence, timestamp '2026-09-30' as recorded_at"
        )
        connection.execute(
            "insert into landed_acme.quotes by name select '' as QuoteId, 'acme' as source_instance, 'acme-1' as "
            "load_id, 1 as load_sequence, timestamp '2026-09-30' as recorded_at"
        )
    built = dbt(
        scaffold.dbt_project, tmp_path, "build", "--select", "path:models/staging/acme", "path:models/conformed/acme"
    )
    assert built.returncode == 0, built.stdout[-3000:]
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        accepted = connection.execute("select quote_id, base_currency from staging.stg_acme__quotes").fetchall()
        rejected = connection.execute("select table_name, rejection_reason from staging.acme__rejected").fetchall()
        conformed = connection.execute("select rate, load_id from conformed.int_acme__fx_rates_conformed").fetchall()
    assert accepted == [("q1", "EUR")]
    assert rejected == [("quotes", "QuoteId is missing")]
    assert conformed == [(None, "acme-1")], "a column is null until somebody says where it comes from"
    union = scaffold.dbt_project / "models/canonical/reference/union/all_fx_rates.sql"
    assert "ref('int_acme__fx_rates_conformed')" in union.read_text()
    suites = load_suites("landed_acme", scaffold.expectations)
    assert {suite.name for suite in suites} == {"quotes", "currencies"}
