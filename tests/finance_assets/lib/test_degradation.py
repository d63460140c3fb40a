"""How tables are published when sources are behind: labels by lineage, what is held, what is left out, and why."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from finance_assets.control.store import SourceStatus
from finance_assets.lib.degradation import consumers, handle, held_consumers, read_degradations
from finance_assets.lib.failures import StepFailed
from finance_assets.lib.publish import Label
from finance_assets.lib.sources import outcome_of


def node(schema: str, name: str, group: str, *reads: str, **meta: Any) -> dict[str, Any]:
    return {
        "resource_type": "model", "schema": schema, "alias": name, "group": group,
        "config": {"meta": {"by_entity": group == "marts_close", **meta}}, "depends_on": {"nodes": list(reads)},
    }  # fmt: skip


MANIFEST = {
    "nodes": {
        "stg": node("staging", "stg_crm__accounts", "staging_crm", "source.crm"),
        "dim": node("canonical", "dim_customers", "canonical_reference", "stg", "source.mappings"),
        "tb": node("canonical", "fct_trial_balances", "canonical_ledger", "source.erp"),
        "close": node("marts", "mart_close__statements", "marts_close", "tb"),
        "customers": node("marts", "mart_close__customers", "marts_close", "tb", "dim"),
        "board": node("marts", "mart_close__board", "marts_close", "tb", "dim", consumer="marts_control"),
        "forecast": node("marts", "mart_forecast__plan", "marts_forecast", "close", "customers"),
        "test": {"resource_type": "test", "schema": "t", "alias": "x", "depends_on": {"nodes": ["tb"]}},
    },
    "sources": {
        "source.crm": {"resource_type": "source", "schema": "landed_crm", "name": "accounts"},
        "source.erp": {"resource_type": "source", "schema": "landed_erp", "name": "journal_lines"},
        "source.mappings": {"resource_type": "source", "schema": "mappings", "name": "customers"},
    },
    "groups": {
        name: {"name": name, "owner": {"email": f"{name}@example.com"}}
        for name in ("canonical_reference", "canonical_ledger", "marts_close", "marts_control", "marts_forecast")
    },
    "exposures": {
        "plan": {
            "resource_type": "exposure", "name": "plan_submission", "owner": {"email": "planning@example.com"},
            "depends_on": {"nodes": ["forecast"]},
        },
    },
}  # fmt: skip
CRM_STALE = SourceStatus("crm_group", "crm", "stale", date(2026, 9, 29), 1, "crm-1", 5, 0, "the line went dead")
ERP_CURRENT = SourceStatus("erp_group", "erp", "current", date(2026, 9, 30), 0, "erp-1", 5, 5, None)
ERP_ABSENT = SourceStatus("erp_us", "erp", "absent", None, None, None, 0, 0, "the line went dead")
HOW_OLD = "crm_group (crm) stale: as of 2026-09-29, 1 day old"


def decided(consumer: str, action: str, status: SourceStatus = CRM_STALE, **more: Any) -> dict[str, Any]:
    return {
        "consumer": consumer, "source_instance": status.source_instance, "system": status.system, "phase": "close",
        "state": status.state, "data_as_of_date": status.as_of, "age_days": status.age_days, "max_age_days": 0,
        "action_taken": action, "consumer_action": action, "entities_left_out": None, **more,
    }  # fmt: skip


def test_a_table_is_degraded_when_any_system_upstream_of_it_is_behind():
    labels = handle(MANIFEST, [CRM_STALE, ERP_CURRENT], []).labels
    assert labels["canonical.dim_customers"] == Label("degraded", HOW_OLD)
    assert labels["marts.mart_forecast__plan"] == Label("degraded", HOW_OLD)
    assert labels["canonical.fct_trial_balances"] == labels["marts.mart_close__statements"] == Label("current", "")
    assert labels["control.source_status"] == Label("degraded", HOW_OLD)


def test_consumers_are_the_groups_of_published_tables_and_the_exposures_with_what_they_read():
    found = {consumer.name: consumer for consumer in consumers(MANIFEST)}
    assert list(found) == [
        "canonical_ledger",
        "canonical_reference",
        "marts_close",
        "marts_control",
        "marts_forecast",
        "plan_submission",
    ]
    assert found["marts_close"].systems == {"crm", "erp"} and found["marts_close"].is_by_entity
    assert found["canonical_ledger"].systems == {"erp"} and not found["canonical_ledger"].is_by_entity
    plan = found["plan_submission"]
    assert (plan.layer, plan.owner, plan.systems, plan.tables) == (
        "exposure", "planning@example.com", {"crm", "erp"}, {},
    )  # fmt: skip


def test_all_tables_of_a_held_consumer_are_held_and_say_why():
    handling = handle(MANIFEST, [CRM_STALE, ERP_CURRENT], [decided("marts_close", "hold")])
    assert handling.held == {"marts.mart_close__statements", "marts.mart_close__customers"}
    assert handling.labels["marts.mart_close__board"] == Label("degraded", HOW_OLD), "it belongs to another consumer"
    why = f"{HOW_OLD}, past the 0 days that marts_close allows (close)"
    assert handling.labels["marts.mart_close__statements"] == Label("held", why)


def test_what_was_made_with_tonights_version_of_a_held_table_says_so():
    labels = handle(MANIFEST, [CRM_STALE, ERP_CURRENT], [decided("marts_close", "hold")]).labels
    label = labels["marts.mart_forecast__plan"]
    assert label.status == "degraded"
    assert "made with tonight's marts.mart_close__customers, of which an earlier version is published" in label.detail
    assert labels["canonical.dim_customers"] == Label("degraded", HOW_OLD), "what a held table reads is of tonight"


def test_only_tables_that_read_the_source_are_published_without_its_entities():
    handling = handle(
        MANIFEST, [CRM_STALE, ERP_CURRENT], [decided("marts_close", "without", entities_left_out="2010, 1010")]
    )
    assert handling.left_out == {"marts.mart_close__customers": {"1010", "2010"}}
    label = handling.labels["marts.mart_close__customers"]
    assert label.status == "incomplete"
    assert label.detail == f"without 1010, 2010; {HOW_OLD}, past the 0 days that marts_close allows (close)"
    assert handling.labels["marts.mart_close__statements"] == Label("current", "")


def test_a_source_that_was_never_loaded_is_named_as_such():
    labels = handle(MANIFEST, [ERP_ABSENT], [decided("marts_close", "hold", ERP_ABSENT)]).labels
    absent = "erp_us (erp) absent: no load has been accepted yet"
    assert labels["canonical.fct_trial_balances"] == Label("degraded", absent)
    assert labels["marts.mart_close__statements"].detail.startswith(absent)


def test_the_outcome_names_what_is_held():
    rows = [decided("plan_submission", "hold"), decided("canonical_reference", "within")]
    assert held_consumers(rows) == ["plan_submission"]
    assert outcome_of([CRM_STALE, ERP_CURRENT], held_consumers(rows)) == (
        "degraded", "crm_group is stale; held: plan_submission",
    )  # fmt: skip
    assert outcome_of([ERP_CURRENT], []) == ("healthy", None)


def build_with(tmp_path: Path, *rows: tuple[str, str, str, str, date | None, int | None]) -> Path:
    build = tmp_path / "build.duckdb"
    with duckdb.connect(str(build)) as connection:
        connection.execute("create schema reconciliation")
        connection.execute(
            "create table reconciliation.fct_degradations (consumer varchar, source_instance varchar, "
            "action_taken varchar, state varchar, data_as_of_date date, age_days integer)"
        )
        for row in rows:
            connection.execute("insert into reconciliation.fct_degradations values (?, ?, ?, ?, ?, ?)", list(row))
    return build


def test_what_was_decided_is_read_but_for_sources_that_are_current(tmp_path: Path):
    build = build_with(
        tmp_path,
        ("marts_close", "crm_group", "hold", "stale", date(2026, 9, 29), 1),
        ("marts_close", "erp_group", "none", "current", date(2026, 9, 30), 0),
        ("marts_close", "erp_us", "hold", "absent", None, None),
    )
    rows = read_degradations(build, [CRM_STALE, ERP_CURRENT, ERP_ABSENT])
    assert [(row["source_instance"], row["action_taken"]) for row in rows] == [
        ("crm_group", "hold"),
        ("erp_us", "hold"),
    ]


def test_a_verdict_on_another_night_is_not_obeyed(tmp_path: Path):
    build = build_with(tmp_path, ("marts_close", "crm_group", "within", "stale", date(2026, 9, 29), 0))
    with pytest.raises(StepFailed, match="judged for another state of crm_group"):
        read_degradations(build, [CRM_STALE])
