"""The same company billed by two vendors: nothing is lost, nothing twice, and the truth knows no difference."""

from pathlib import Path

import pytest

from dlt_sources.sandbox.company import Snapshot, build_world
from dlt_sources.sandbox.company.billing import Billing
from dlt_sources.sandbox.company.subscriptions import UNCOLLECTIBLE
from dlt_sources.sandbox.direct import load_direct
from tests.dlt_sources.sandbox.company.conftest import AS_OF, SCALE, Query, world_of

ELSEWHERE = {"1010": "chargebee", "3010": "chargebee", "3020": "chargebee"}


@pytest.fixture(scope="module")
def apart() -> Snapshot:
    return build_world(7, SCALE, billing=ELSEWHERE).as_of(AS_OF, "all")


@pytest.fixture(scope="module")
def together() -> Snapshot:
    return world_of(7).as_of(AS_OF, "all")


def test_stripe_shows_its_own_customers_and_no_row_changes(apart: Snapshot, together: Snapshot, query: Query) -> None:
    for resource in ("customers", "subscriptions", "invoices", "invoice_lines", "charges", "refunds", "events"):
        less, more = apart.vendor("stripe")[resource], together.vendor("stripe")[resource]
        assert 0 < less.num_rows < more.num_rows, resource
        assert query("select * from less except select * from more", less=less, more=more) == [], resource


def test_what_stripe_pays_out_is_what_it_moved(apart: Snapshot, query: Query) -> None:
    moved = query(
        """
        select _payout, sum(net) from moved where type <> 'payout' and _payout is not null group by all order by all
        """,
        moved=apart.vendor("stripe")["balance_transactions"],
    )
    paid = query("select id, amount::hugeint from payouts order by all", payouts=apart.vendor("stripe")["payouts"])
    assert moved == paid and paid


def test_the_two_together_bill_what_one_billed(apart: Snapshot, together: Snapshot, query: Query) -> None:
    here = query(
        """
        select number, currency, total::hugeint, amount_paid::hugeint from stripe where status <> 'draft'
        union all
        select id, lower(currency_code), total, amount_paid from chargebee where status <> 'pending'
        order by all
        """,
        stripe=apart.vendor("stripe")["invoices"],
        chargebee=apart.vendor("chargebee")["invoices"],
    )
    there = query(
        """
        select number, currency, total::hugeint, amount_paid::hugeint from stripe
        where status <> 'draft' order by all
        """,
        stripe=together.vendor("stripe")["invoices"],
    )
    assert here == there and here


def test_the_lines_of_an_invoice_come_to_its_total(apart: Snapshot, query: Query) -> None:
    tables = apart.vendor("chargebee")
    off = query(
        """
        select invoices.id from invoices join lines on lines.invoice_id = invoices.id
        group by invoices.id, total, sub_total, tax
        having total <> sum(amount - discount_amount + tax_amount) or sub_total <> sum(amount) or tax <> sum(tax_amount)
        """,
        invoices=tables["invoices"],
        lines=tables["invoice_lines"],
    )
    assert off == []


def test_a_write_off_pays_the_invoice_and_makes_a_note(query: Query) -> None:
    world = build_world(7, 0.4, billing=ELSEWHERE)
    tables = world.as_of(AS_OF, "none").vendor("chargebee")
    lost = query(
        """
        select invoices.status, invoices.amount_due, invoices.write_off_amount = notes.total, notes.type
        from invoices join notes on notes.reference_invoice_id = invoices.id where notes.reason_code = 'write_off'
        """,
        invoices=tables["invoices"],
        notes=tables["credit_notes"],
    )
    invoices = world.subscriptions.invoices
    expected = ((invoices.fate == UNCOLLECTIBLE) & world.billing.bills("chargebee")[invoices.entity]).sum()
    assert lost == [("paid", 0, True, "adjustment")] * len(lost)
    assert 0 < len(lost) <= expected


def test_the_amounts_of_the_truth_do_not_depend_on_the_vendor(
    apart: Snapshot, together: Snapshot, query: Query
) -> None:
    for name in ("trial_balances", "ar_open_items", "ap_open_items", "pipeline_daily", "bookings", "deferred_revenue"):
        assert apart.truth[name].equals(together.truth[name]), name
    for name in ("mrr_month_end", "mrr_movements"):
        ordered = "select * exclude (source_customer_id) from truth order by all"
        assert query(ordered, truth=apart.truth[name]) == query(ordered, truth=together.truth[name]), name


def test_a_label_follows_its_customer_and_stays_what_it_was(apart: Snapshot, together: Snapshot) -> None:
    here, there = apart.labels.to_pylist(), together.labels.to_pylist()
    assert [label | {"natural_key": None} for label in here] == [label | {"natural_key": None} for label in there]
    moved = [label for label, before in zip(here, there, strict=True) if label["natural_key"] != before["natural_key"]]
    assert moved and all(label["natural_key"].startswith("chargebee_group|") for label in moved)
    assert all(label["entity_code"] in (*ELSEWHERE, None) for label in moved)


def test_a_vendor_that_bills_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="no entity is called 9999"):
        Billing({"9999": "chargebee"})
    with pytest.raises(ValueError, match="quickbooks bills nobody; the billing vendors are stripe, chargebee"):
        Billing({"3020": "quickbooks"})


def test_loading_without_http_refuses_customers_of_an_instance_left_out(apart: Snapshot, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="only invoices from Stripe"):
        load_direct(apart, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_customers_chargebee_is_an_empty_site_with_a_catalogue(together: Snapshot) -> None:
    tables = together.vendor("chargebee")
    assert {name for name in tables if tables[name].num_rows} == {"items", "item_prices"}
