"""Two entities billed by Chargebee, two by Zuora, the others by Stripe: the same truth, the same errors found."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
import yaml

from dlt_sources.sandbox.company.billing import Billing
from dlt_sources.sandbox.company.mappings import write
from tests.end_to_end.conftest import SCALE, Platform, sandbox_platform

# Of Chargebee one bills in yen and one has its invoices posted in batches; of Zuora one meters usage and has discounts,
# and one deletes drafts.
ELSEWHERE = {"3010": "chargebee", "3020": "chargebee", "1010": "zuora", "2010": "zuora"}
INSTANCES = {
    "chargebee_group": {
        "system": "chargebee",
        "base_url": "${FINANCE_SANDBOX_URL}/chargebee/api/v2",
        "credentials": {"api_key": "CHARGEBEE_GROUP_API_KEY"},
        "connection": {"requests_per_second": 1000},
    },
    "zuora_group": {
        "system": "zuora",
        "base_url": "${FINANCE_SANDBOX_URL}/zuora",
        "credentials": {"client_id": "ZUORA_GROUP_CLIENT_ID", "client_secret": "ZUORA_GROUP_CLIENT_SECRET"},
        "options": {"partner": "meridian", "tenant_time_zone": "Europe/Berlin"},
        "connection": {"requests_per_second": 1000},
    },
}


def on_three_vendors(folder: Path, errors: str) -> Platform:
    """The sandbox company with two more instances in the company file and mapping rows for them: nothing else."""
    platform = sandbox_platform(folder, scale=SCALE, errors=errors, billing=ELSEWHERE)
    company = yaml.safe_load(platform.company_file.read_text())
    company["instances"] |= INSTANCES
    company["mappings"] = str(folder / "mappings")
    write(folder / "mappings", billing=Billing(ELSEWHERE))
    platform.company_file.write_text(yaml.safe_dump(company, sort_keys=False))
    return platform


@pytest.fixture(scope="module")
def three_vendors(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """Two nights, so that what changed and what vanished between them has to be right as well."""
    platform = on_three_vendors(tmp_path_factory.mktemp("three_vendors"), "all")
    platform.run("--as-of", "2026-09-28")
    platform.run("--as-of", "2026-09-30")
    return platform


@pytest.mark.slow
def test_the_truth_and_the_errors_are_those_of_one_vendor(three_vendors: Platform) -> None:
    score = three_vendors.score()
    assert (score["figures_off"], score["recall"], score["precision"]) == (0, 1, 1)
    assert score["figures"] > 1000
    assert all(row["owner_right"] == row["amount_right"] == row["seeded"] for row in score["classes"])
    billed = three_vendors.query(
        "select source_instance, list_sort(list(distinct entity_code)) as entities from canonical.fct_billing_invoices "
        "where source_instance in ('billing_group', 'chargebee_group', 'zuora_group') group by all"
    )
    assert {row["source_instance"]: row["entities"] for row in billed} == {
        "billing_group": ["1020", "1030", "2020"],
        "chargebee_group": ["3010", "3020"],
        "zuora_group": ["1010", "2010"],
    }


@pytest.mark.slow
def test_what_is_collected_settles_the_invoices_that_say_they_are_paid(three_vendors: Platform) -> None:
    off = three_vendors.query(
        """
        select invoices.invoice_number, invoices.amount_paid_transaction, sum(payments.amount_transaction) as collected
        from canonical.fct_billing_invoices as invoices
        left join canonical.fct_payments as payments
            on invoices.invoice_id = payments.invoice_id and payments.payment_status = 'succeeded'
            and payments.payment_type = 'charge'
        where invoices.source_instance in ('chargebee_group', 'zuora_group') and invoices.invoice_type = 'invoice'
        group by all
        having invoices.amount_paid_transaction <> coalesce(collected, 0)
        """
    )
    assert off == []


@pytest.mark.slow
def test_the_segments_of_charges_say_what_invoices_say_of_mrr(three_vendors: Platform) -> None:
    """Two ways to the same figure: Zuora's dated versions of charges, and what was billed, at every month end."""
    with duckdb.connect(str(three_vendors.folder / "data" / "warehouse" / "build.duckdb"), read_only=True) as warehouse:
        compared, off = warehouse.sql(
            """
            with months as (
                select distinct month_end_date from canonical.fct_subscription_mrr
            ),
            agreed as (
                select versions.source_subscription_item_id, months.month_end_date, versions.amount_mrr_transaction
                from conformed.int_zuora__subscription_item_versions as versions
                inner join months
                    on versions.valid_from <= months.month_end_date
                    and coalesce(versions.valid_to, date '9999-12-31') > months.month_end_date
                where versions.charge_type = 'recurring'
            ),
            billed as (
                select source_subscription_item_id, month_end_date, amount_mrr_transaction
                from canonical.fct_subscription_mrr
                where source_instance = 'zuora_group'
            )
            select count(*), count(*) filter (
                where agreed.amount_mrr_transaction is distinct from billed.amount_mrr_transaction
            )
            from agreed full join billed using (source_subscription_item_id, month_end_date)
            """
        ).fetchone()
    assert compared > 300
    assert off == 0


@pytest.mark.slow
def test_the_clean_company_billed_by_three_vendors_has_no_exception(tmp_path: Path) -> None:
    platform = on_three_vendors(tmp_path, "none")
    platform.run()
    assert platform.score()["figures_off"] == 0
    assert platform.query("select * from control.exceptions where status = 'open'") == []
