"""The same company billed by three vendors: nothing is lost, nothing twice, and the truth knows no difference."""

from pathlib import Path

import pytest

from dlt_sources.sandbox.company import Snapshot, build_world
from dlt_sources.sandbox.company.billing import Billing
from dlt_sources.sandbox.company.subscriptions import UNCOLLECTIBLE
from dlt_sources.sandbox.direct import load_direct
from tests.dlt_sources.sandbox.company.conftest import AS_OF, SCALE, Query, world_of

ELSEWHERE = {"1010": "zuora", "2010": "zuora", "3010": "chargebee", "3020": "chargebee"}


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


def test_all_together_bill_what_one_billed(apart: Snapshot, together: Snapshot, query: Query) -> None:
    here = query(
        """
        select number, currency, total::hugeint, amount_paid::hugeint from stripe where status <> 'draft'
        union all
        select id, lower(currency_code), total, amount_paid from chargebee where status <> 'pending'
        union all
        select InvoiceNumber, lower(Currency), Amount * factor, PaymentAmount * factor
        from zuora, (select 100 as factor) where Status <> 'Draft'
        order by all
        """,
        stripe=apart.vendor("stripe")["invoices"],
        chargebee=apart.vendor("chargebee")["invoices"],
        zuora=apart.vendor("zuora")["invoices"],
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


def test_zuoras_items_come_to_their_invoice_and_name_what_is_there(apart: Snapshot, query: Query) -> None:
    tables = apart.vendor("zuora")
    off = query(
        """
        select invoices.Id from invoices join items on items.InvoiceId = invoices.Id
        group by invoices.Id, AmountWithoutTax, invoices.TaxAmount, Amount
        having AmountWithoutTax <> sum(ChargeAmount) or invoices.TaxAmount <> sum(items.TaxAmount)
            or Amount <> AmountWithoutTax + invoices.TaxAmount
        """,
        invoices=tables["invoices"],
        items=tables["invoice_items"],
    )
    assert off == []
    discounts = query("select count(*) from items where ProcessingType = '1'", items=tables["invoice_items"])
    assert discounts[0][0] > 10


@pytest.mark.parametrize(
    ("table", "column", "other", "key"),
    [
        ("invoice_items", "InvoiceId", "invoices", "Id"),
        ("invoice_items", "SubscriptionId", "subscriptions", "Id"),
        ("invoice_items", "RatePlanChargeId", "rate_plan_charges", "Id"),
        ("invoice_items", "ProductRatePlanChargeId", "product_rate_plan_charges", "id"),
        ("invoice_items", "AppliedToInvoiceItemId", "invoice_items", "Id"),
        ("rate_plan_charges", "RatePlanId", "rate_plans", "Id"),
        ("rate_plan_charges", "OriginalId", "rate_plan_charges", "Id"),
        ("rate_plan_charge_tiers", "RatePlanChargeId", "rate_plan_charges", "Id"),
        ("rate_plans", "SubscriptionId", "subscriptions", "Id"),
        ("rate_plans", "AmendmentId", "amendments", "Id"),
        ("rate_plans", "ProductRatePlanId", "product_rate_plans", "id"),
        ("amendments", "SubscriptionId", "subscriptions", "Id"),
        ("subscriptions", "AccountId", "accounts", "id"),
        ("payment_parts", "PaymentId", "payments", "Id"),
        ("refund_applications", "creditMemoId", "credit_memos", "id"),
        ("usages", "RatePlanChargeId", "rate_plan_charges", "Id"),
    ],
)
def test_what_a_row_of_zuora_names_is_there(
    apart: Snapshot, query: Query, table: str, column: str, other: str, key: str
) -> None:
    tables = apart.vendor("zuora")
    named = f"select distinct {column} as key from rows where {column} is not null"
    assert query(named, rows=tables[table])
    assert query(f"{named} except select {key} from others", rows=tables[table], others=tables[other]) == []


def test_the_segments_of_the_current_version_hold_the_mrr_of_every_month_end(apart: Snapshot, query: Query) -> None:
    """Added up over all versions it would be too much, and with the day of its end a segment would count twice."""
    tables = apart.vendor("zuora")
    compared, off = query(
        """
        with current_charges as (
            select charges.*, AccountId, subscriptions.Name as subscription
            from charges
            join plans on charges.RatePlanId = plans.Id
            join subscriptions on plans.SubscriptionId = subscriptions.Id and IsLatestVersion
            where ChargeType = 'Recurring'
        ),
        discounts as (
            select subscription, DiscountPercentage as percentage
            from current_charges join tiers on tiers.RatePlanChargeId = current_charges.Id
            where ChargeModel = 'Discount-Percentage'
        ),
        shown as (
            select month, AccountId as account, count(*) as parts,
                sum(MRR * (100 - coalesce(percentage, 0)) / 100) as amount
            from current_charges
            join (select distinct month from truth) on EffectiveStartDate <= last_day(month)
                and coalesce(EffectiveEndDate, date '9999-12-31') > last_day(month)
            left join discounts using (subscription)
            where ChargeModel <> 'Discount-Percentage'
            group by all
        )
        select count(*), count(*) filter (
            -- Each charge is rounded to cents, once for its discount and once for the month.
            where shown.amount is null or truth.amount is null or abs(shown.amount - truth.amount) > 0.01 * parts
        )
        from shown full join truth on shown.month = truth.month and shown.account = truth.source_customer_id
        where shown.account is not null or truth.source_customer_id in (select id from accounts)
        """,
        charges=tables["rate_plan_charges"],
        plans=tables["rate_plans"],
        subscriptions=tables["subscriptions"],
        tiers=tables["rate_plan_charge_tiers"],
        accounts=tables["accounts"],
        truth=apart.truth["mrr_month_end"],
    )[0]
    assert compared > 300
    assert off == 0


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
    # What Stripe pays out, no other vendor does.
    here, there = (
        [label for label in snapshot.labels.to_pylist() if label["error_class"] != "payout_not_received"]
        for snapshot in (apart, together)
    )
    assert [label | {"natural_key": None} for label in here] == [label | {"natural_key": None} for label in there]
    moved = [label for label, before in zip(here, there, strict=True) if label["natural_key"] != before["natural_key"]]
    assert moved and all(label["natural_key"].startswith(("chargebee_group|", "zuora_group|")) for label in moved)
    assert all(label["entity_code"] in (*ELSEWHERE, None) for label in moved)


def test_a_vendor_that_bills_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="no entity is called 9999"):
        Billing({"9999": "chargebee"})
    with pytest.raises(ValueError, match="quickbooks bills nobody; the billing vendors are stripe, chargebee, zuora"):
        Billing({"3020": "quickbooks"})


def test_loading_without_http_refuses_customers_of_an_instance_left_out(apart: Snapshot, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="only invoices from Stripe"):
        load_direct(apart, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_customers_chargebee_is_an_empty_site_with_a_catalogue(together: Snapshot) -> None:
    tables = together.vendor("chargebee")
    assert {name for name in tables if tables[name].num_rows} == {"items", "item_prices"}
