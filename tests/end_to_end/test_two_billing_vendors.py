"""Three entities billed by Chargebee, the rest by Stripe: the same truth to the cent, and the same errors found."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from dlt_sources.sandbox.company.billing import Billing
from dlt_sources.sandbox.company.mappings import write
from tests.end_to_end.conftest import SCALE, Platform, sandbox_platform

# One meters usage, one bills in yen, one has its invoices posted in batches.
ELSEWHERE = {"1010": "chargebee", "3010": "chargebee", "3020": "chargebee"}


def on_two_vendors(folder: Path, errors: str) -> Platform:
    """The sandbox company with a Chargebee instance in the company file and mapping rows for it: nothing else."""
    platform = sandbox_platform(folder, scale=SCALE, errors=errors, billing=ELSEWHERE)
    company = yaml.safe_load(platform.company_file.read_text())
    company["instances"]["chargebee_group"] = {
        "system": "chargebee",
        "base_url": "${FINANCE_SANDBOX_URL}/chargebee/api/v2",
        "credentials": {"api_key": "CHARGEBEE_GROUP_API_KEY"},
        "connection": {"requests_per_second": 1000},
    }
    company["mappings"] = str(folder / "mappings")
    write(folder / "mappings", billing=Billing(ELSEWHERE))
    platform.company_file.write_text(yaml.safe_dump(company, sort_keys=False))
    return platform


@pytest.fixture(scope="module")
def two_vendors(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """Two nights, so that what changed and what vanished between them has to be right as well."""
    platform = on_two_vendors(tmp_path_factory.mktemp("two_vendors"), "all")
    platform.run("--as-of", "2026-09-28")
    platform.run("--as-of", "2026-09-30")
    return platform


@pytest.mark.slow
def test_the_truth_and_the_errors_are_those_of_one_vendor(two_vendors: Platform) -> None:
    score = two_vendors.score()
    assert (score["figures_off"], score["recall"], score["precision"]) == (0, 1, 1)
    assert score["figures"] > 1000
    assert all(row["owner_right"] == row["amount_right"] == row["seeded"] for row in score["classes"])
    billed = two_vendors.query(
        "select source_instance, list_sort(list(distinct entity_code)) as entities from canonical.fct_billing_invoices "
        "where source_instance in ('billing_group', 'chargebee_group') group by all"
    )
    assert {row["source_instance"]: row["entities"] for row in billed} == {
        "billing_group": ["1020", "1030", "2010", "2020"],
        "chargebee_group": ["1010", "3010", "3020"],
    }


@pytest.mark.slow
def test_what_is_collected_settles_the_invoices_that_say_they_are_paid(two_vendors: Platform) -> None:
    off = two_vendors.query(
        """
        select invoices.invoice_number, invoices.amount_paid_transaction, sum(payments.amount_transaction) as collected
        from canonical.fct_billing_invoices as invoices
        left join canonical.fct_payments as payments
            on invoices.invoice_id = payments.invoice_id and payments.payment_status = 'succeeded'
            and payments.payment_type = 'charge'
        where invoices.source_instance = 'chargebee_group' and invoices.invoice_type = 'invoice'
        group by all
        having invoices.amount_paid_transaction <> coalesce(collected, 0)
        """
    )
    assert off == []


@pytest.mark.slow
def test_the_clean_company_billed_by_two_vendors_has_no_exception(tmp_path: Path) -> None:
    platform = on_two_vendors(tmp_path, "none")
    platform.run()
    assert platform.score()["figures_off"] == 0
    assert platform.query("select * from control.exceptions where status = 'open'") == []
