"""One small night: a CRM with one currency that it names on no record, one plan read in three ways, or untotalled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
import yaml

from dlt_sources.registry import load_systems
from dlt_sources.sandbox.company import build_world
from dlt_sources.sandbox.company.world import World
from dlt_sources.sandbox.serve import RunningSandbox, serve
from dlt_sources.sandbox.servers.context import DEMO_CREDENTIALS
from tests.dlt_sources.single_currency import single_currency
from tests.end_to_end.conftest import Platform, sandbox_platform

DAY = date(2026, 9, 30)
READS = ("export", "transactional", "large_read")
MONEY = (
    "fct_opportunities",
    "fct_opportunity_lines",
    "fct_bookings",
    "fct_crm_contracts",
    "fct_crm_orders",
    "fct_sales_quotas",
    "fct_crm_forecast_items",
)


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(seed=7, scale=0.01)


@pytest.fixture(scope="module")
def sandbox(world: World) -> Iterator[RunningSandbox]:
    with serve(lambda day: single_currency(world, day), as_of=DAY) as running:
        yield running


@pytest.fixture(scope="module")
def company(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """A company of a ledger, a CRM, a planning tool and the rates, after one night."""
    platform = sandbox_platform(tmp_path_factory.mktemp("source_variants"))
    settings = yaml.safe_load(platform.company_file.read_text())
    # Nothing is published without a ledger.
    kept = ("sap_group", "crm_group", "planning_group", "ecb")
    settings["instances"] = {name: settings["instances"][name] for name in kept}
    settings["instances"]["crm_group"]["options"]["currency"] = "CHF"
    planning = {**settings["instances"].pop("planning_group")}
    for read in READS:
        settings["instances"][f"planning_{read}"] = {**planning, "options": {**planning["options"], "read": read}}
    known = [name for name in load_systems()["anaplan"].resources if name != "plan_totals"]
    settings["instances"]["planning_without_totals"] = {**planning, "resources": known}
    del settings["sandbox"]
    platform.company_file.write_text(yaml.safe_dump(settings, sort_keys=False))
    platform.environment = {"FINANCE_SANDBOX_URL": sandbox.url}
    for instance in settings["instances"].values():
        demo = DEMO_CREDENTIALS[instance["system"]]
        platform.environment |= {
            variable: demo[credential] for credential, variable in instance.get("credentials", {}).items()
        }
    platform.run()
    return platform


@pytest.mark.slow
def test_every_amount_is_in_the_organisations_currency_and_no_row_is_lost(company: Platform, world: World) -> None:
    for table in MONEY:
        rows = company.query(f"select distinct transaction_currency from canonical.{table}")
        assert rows == [{"transaction_currency": "CHF"}], table
    assert company.query("select natural_key from control.exceptions where type = 'rejected_row'") == []
    shown = world.as_of(DAY, set()).vendor("salesforce")["opportunities"]
    found = company.query(
        "select count(*) as deals, cast(sum(amount_transaction) as varchar) as amount from canonical.fct_opportunities"
    )
    amount = sum(value for value in shown["Amount"].to_pylist() if value is not None)
    assert found == [{"deals": shown.num_rows, "amount": f"{amount:.4f}"}]


@pytest.mark.slow
def test_quotas_and_bookings_meet_in_group_currency(company: Platform) -> None:
    booked = company.query(
        "select round(sum(amount_bookings_own_group), 2) as own from marts.mart_forecast__quota_attainment "
        "where holder_type = 'territory'"
    )
    top = company.query(
        "select round(sum(amount_bookings_group), 2) as own from marts.mart_forecast__quota_attainment "
        "where holder_name in ('World', 'Unassigned') and holder_type = 'territory'"
    )
    assert booked == top
    assert Decimal(booked[0]["own"]) > 0


@pytest.mark.slow
def test_an_export_and_both_reads_of_cells_give_the_same_plan(company: Platform) -> None:
    """Every column but the ones that say which instance and load it was."""
    told_apart = "plan_line_id, source_instance, load_id"
    counts = company.query("select source_instance, count(*) as lines from canonical.fct_plan_lines group by all")
    assert {row["source_instance"] for row in counts} == {f"planning_{read}" for read in (*READS, "without_totals")}
    assert len({row["lines"] for row in counts}) == 1
    assert counts[0]["lines"] > 20_000
    for read in READS[1:]:
        differing = company.query(
            f"""
            (select * exclude ({told_apart}) from canonical.fct_plan_lines where source_instance = 'planning_export'
            except all
            select * exclude ({told_apart}) from canonical.fct_plan_lines where source_instance = 'planning_{read}')
            """
        )
        assert differing == [], read


@pytest.mark.slow
def test_a_plan_is_held_against_what_its_model_sums_however_it_is_read(company: Platform) -> None:
    compared = company.query(
        """
        select left_instance as instance, outcome, count(*) as totals, sum(left_item_count) as lines
        from reconciliation.fct_reconciliations where reconciliation_name = 'plan_completeness' group by all
        """
    )
    assert {(row["instance"], row["outcome"]) for row in compared} == {
        (f"planning_{read}", "matched") for read in READS
    }
    assert len({(row["totals"], row["lines"]) for row in compared}) == 1
    lines = company.query("select source_instance, count(*) as lines from canonical.fct_plan_lines group by all")
    assert {row["lines"] for row in lines} == {int(row["lines"]) for row in compared}


@pytest.mark.slow
def test_a_plan_whose_model_sums_nothing_is_read_and_says_so(company: Platform) -> None:
    held = company.query(
        "select distinct source_instance, is_held_against_totals as held from canonical.fct_plan_lines"
    )
    assert {row["source_instance"]: row["held"] for row in held} == {
        **{f"planning_{read}": True for read in READS},
        "planning_without_totals": False,
    }
