"""One simulation, many views: the same bytes for the same seed, and every day a superset of the day before."""

from datetime import date, timedelta

import pyarrow as pa
import pytest

from dlt_sources.registry import load_systems
from dlt_sources.sandbox.company import ERROR_CLASSES, Snapshot, build_world, news
from dlt_sources.sandbox.company.bank import BANKS
from dlt_sources.sandbox.company.errors import CODE
from dlt_sources.sandbox.company.world import VENDOR_TABLES
from dlt_sources.sandbox.direct import INSTANCES
from dlt_sources.sandbox.drops import WRITERS, Files
from tests.dlt_sources.sandbox.company.conftest import (
    AS_OF,
    BETWEEN_SYSTEMS,
    OF_A_CUT_OVER,
    SCALE,
    SEEDS,
    Query,
    snapshot_of,
    world_of,
)

SYSTEMS = tuple(INSTANCES.values())
# Stripe keeps events for 30 days only; totals, current plans and what is forecast are what they are on the day.
NOT_GROWING = {"events", "control_totals", "calendar", "versions", "forecasting_items"}


def rows_of(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table.combine_chunks())
    return sink.getvalue().to_pybytes()


def test_the_same_seed_gives_the_same_bytes() -> None:
    again = build_world(SEEDS[0], SCALE).as_of(AS_OF, "all")
    before = build_world(SEEDS[0], SCALE).as_of(AS_OF, "all")
    for system in SYSTEMS:
        for resource in again.vendor(system):
            assert rows_of(again.vendor(system)[resource]) == rows_of(before.vendor(system)[resource]), resource
    assert rows_of(again.labels) == rows_of(before.labels)
    for name in again.truth:
        assert rows_of(again.truth[name]) == rows_of(before.truth[name]), name


def test_another_seed_is_another_company_with_the_same_master_data() -> None:
    one, other = (snapshot_of(seed).vendor("sap_s4hana") for seed in SEEDS[:2])
    assert not one["journal_lines"].equals(other["journal_lines"])
    assert one["customers"].equals(other["customers"])
    assert one["gl_accounts"].equals(other["gl_accounts"])


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_later_day_shows_all_keys_of_an_earlier_one(system: str, query: Query) -> None:
    earlier, later = (snapshot_of(7, day, "all").vendor(system) for day in (date(2026, 2, 27), date(2026, 3, 2)))
    for resource, spec in load_systems()[system].resources.items():
        if resource in NOT_GROWING:
            continue
        key = ", ".join(f'"{column}"' for column in spec.key)
        gone = query(
            f"select {key} from earlier except select {key} from later",
            earlier=earlier[resource],
            later=later[resource],
        )
        assert gone == [], resource


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_resource_has_the_declared_fields_and_rows_with_unique_keys(system: str, query: Query) -> None:
    tables = snapshot_of(7, errors="all").vendor(system)
    for resource, spec in load_systems()[system].resources.items():
        columns = [name for name in tables[resource].column_names if not name.startswith("_")]
        assert set(columns) == set(spec.fields), resource
        assert len(tables[resource]) > 0, resource
        key = ", ".join(f'"{column}"' for column in spec.key)
        assert query(f"select {key} from rows group by all having count(*) > 1", rows=tables[resource]) == [], resource


def test_a_second_record_of_a_customer_is_undone_as_each_system_does_it(query: Query) -> None:
    snapshot = snapshot_of(7)
    in_billing = query(
        "select count(*), count(name), count(created) from customers where deleted",
        customers=snapshot.vendor("stripe")["customers"],
    )[0]
    assert in_billing[0] >= 2 and in_billing[1:] == (0, 0)
    merged, deleted, elsewhere = query(
        """
        select count(MasterRecordId), count(*), count(*) filter (where MasterRecordId not in (select Id from accounts))
        from accounts where IsDeleted
        """,
        accounts=snapshot.vendor("salesforce")["accounts"],
    )[0]
    assert 0 < merged < deleted == in_billing[0] and elsewhere == 0
    marked, of_known_tax_id, used = query(
        """
        select count(*), count(*) filter (where VATRegistration in (
                select VATRegistration from customers where not DeletionIndicator)),
            count(*) filter (where Customer in (select Customer from items))
        from customers where DeletionIndicator
        """,
        customers=snapshot.vendor("sap_s4hana")["customers"],
        items=snapshot.vendor("sap_s4hana")["subledger_items"],
    )[0]
    assert marked == of_known_tax_id == deleted and used == 0


def test_a_quote_is_what_its_opportunity_offers_and_ends_as_it_does(clean: Snapshot, query: Query) -> None:
    crm = clean.vendor("salesforce")
    tables = {name: crm[name] for name in ("quotes", "quote_lines", "opportunities", "opportunity_lines")}
    statuses = query(
        """
        select Status, IsClosed, IsWon, quotes.IsDeleted, count(*)
        from quotes inner join opportunities on opportunities.Id = quotes.OpportunityId
        where quotes.GrandTotal = Amount and quotes.IsDeleted = opportunities.IsDeleted
        group by all order by all
        """,
        **tables,
    )
    kept = [row[:3] for row in statuses if not row[3]]
    assert kept == [("Accepted", True, True), ("Denied", True, False), ("Presented", False, False)]
    assert sum(row[-1] for row in statuses) == len(crm["quotes"]) > 0
    assert (
        query(
            """
        from (select OpportunityLineItemId, Product2Id, Quantity, TotalPrice from quote_lines
              except select Id, Product2Id, Quantity, TotalPrice from opportunity_lines)
        """,
            **tables,
        )
        == []
    )


def test_journal_lines_change_only_in_what_a_ledger_may_change(query: Query) -> None:
    earlier, later = (
        snapshot_of(7, day, "all").vendor("sap_s4hana")["journal_lines"]
        for day in (date(2026, 2, 27), date(2026, 3, 31))
    )
    changed = "IsReversed, LastChangeDateTime"
    assert (
        query(
            f"""
        select * exclude ({changed}) from earlier except select * exclude ({changed}) from later
        """,
            earlier=earlier,
            later=later,
        )
        == []
    )
    # What has changed says so, and a row that says it is new or changed after the earlier day is.
    unmarked = query(
        """
        select later.AccountingDocument from later
        left join earlier using (SourceLedger, CompanyCode, FiscalYear, AccountingDocument, LedgerGLLineItem)
        where (earlier.LastChangeDateTime is null or earlier.IsReversed <> later.IsReversed)
            and later.LastChangeDateTime < '2026-02-28'
        """,
        earlier=earlier,
        later=later,
    )
    assert unmarked == []


@pytest.mark.parametrize(
    ("system", "resource", "cursor"),
    [
        ("sap_s4hana", "subledger_items", "LastChangeDate"),
        ("sap_s4hana", "sales_orders", "LastChangeDateTime"),
        ("sap_s4hana", "billing_documents", "LastChangeDateTime"),
        ("sap_s4hana", "purchase_orders", "LastChangeDateTime"),
        ("salesforce", "opportunities", "SystemModstamp"),
        ("salesforce", "opportunity_lines", "SystemModstamp"),
        ("salesforce", "accounts", "SystemModstamp"),
        ("salesforce", "contracts", "SystemModstamp"),
    ],
)
def test_what_is_new_or_changed_is_found_by_its_cursor(system: str, resource: str, cursor: str, query: Query) -> None:
    earlier, later = (
        snapshot_of(7, day, "all").vendor(system)[resource] for day in (date(2026, 2, 27), date(2026, 3, 31))
    )
    missed = query(
        f"select * from (from later except from earlier) where \"{cursor}\" < '2026-02-28'",
        earlier=earlier,
        later=later,
    )
    assert missed == []


def test_stripe_tells_of_every_changed_object_in_an_event(query: Query) -> None:
    day = date(2026, 3, 31)
    earlier, later = (snapshot_of(7, at, "all").vendor("stripe") for at in (day - timedelta(days=20), day))
    for resource in ("customers", "subscriptions", "invoices", "credit_notes", "charges", "refunds", "payouts"):
        untold = query(
            "select id from (from later except from earlier) "
            "where id not in (select json_extract_string(data, '$.object.id') from events)",
            earlier=earlier[resource],
            later=later[resource],
            events=later["events"],
        )
        assert untold == [], resource


def test_the_clean_company_has_no_labels_and_the_dirty_one_two_of_each_class(seed: int, query: Query) -> None:
    assert len(snapshot_of(seed).labels) == 0
    labels = snapshot_of(seed, errors="all").labels
    counts = dict(query("select error_class, count(*) from labels group by 1", labels=labels))
    assert set(counts) == set(ERROR_CLASSES) - BETWEEN_SYSTEMS - OF_A_CUT_OVER
    assert min(counts.values()) >= 2


def test_an_unknown_error_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="unknown errors invoice_lost; known are missing_account_mapping"):
        world_of(7).as_of(AS_OF, {"invoice_lost"})


@pytest.mark.parametrize("error_class", sorted(set(ERROR_CLASSES) - BETWEEN_SYSTEMS - OF_A_CUT_OVER))
def test_one_error_class_leaves_everything_else_as_it_was(error_class: str, query: Query) -> None:
    clean, dirty = snapshot_of(7), world_of(7).as_of(AS_OF, {error_class})
    assert set(dirty.labels["error_class"].to_pylist()) == {error_class}
    untouched = {
        "missing_account_mapping": ("salesforce", "stripe", "anaplan", "ecb"),
        "closed_cost_centre": ("salesforce", "stripe", "anaplan", "ecb"),
        "missing_product_mapping": ("salesforce", "stripe", "anaplan", "ecb"),
        "usage_not_billed": ("sap_s4hana", "salesforce", "anaplan", "ecb"),
        "payment_not_applied": ("sap_s4hana", "salesforce", "anaplan", "ecb"),
        "missing_fx_rate": ("sap_s4hana", "salesforce", "stripe", "anaplan"),
        "hierarchy_differs": ("sap_s4hana", "stripe", "anaplan", "ecb"),
        "unknown_stage": ("sap_s4hana", "stripe", "anaplan", "ecb"),
        "duplicate_contract_id": ("sap_s4hana", "stripe", "anaplan", "ecb"),
        "customer_name_variant": ("sap_s4hana", "anaplan", "ecb"),
        "order_not_in_erp": ("stripe", "anaplan", "ecb"),
        "order_value_differs": ("sap_s4hana", "stripe", "anaplan", "ecb"),
        "event_broken_off": SYSTEMS,
        "event_contradicted": SYSTEMS,
    }.get(error_class, ("salesforce", "stripe", "anaplan", "ecb"))
    for system in untouched:
        for resource in clean.vendor(system):
            assert clean.vendor(system)[resource].equals(dirty.vendor(system)[resource]), resource
    touched = [
        resource
        for system in set(SYSTEMS) - set(untouched)
        for resource in clean.vendor(system)
        if not clean.vendor(system)[resource].equals(dirty.vendor(system)[resource])
    ]
    droppers = [*((bank.system, bank.instance) for bank in BANKS), ("events", news.INBOX)]
    assert touched or any(_dropped(clean, *each) != _dropped(dirty, *each) for each in droppers)


def _dropped(snapshot: Snapshot, system: str, instance: str) -> Files:
    return WRITERS[system](snapshot, instance)


def test_subscriptions_begin_on_a_day_that_every_month_has(seed: int, query: Query) -> None:
    started, closed = query(
        """
        select max(day(StartDate)), bool_and(StartDate = CloseDate)
        from contracts inner join opportunities on contracts.SourceOpportunityId = opportunities.Id
        """,
        contracts=snapshot_of(seed).vendor("salesforce")["contracts"],
        opportunities=snapshot_of(seed).vendor("salesforce")["opportunities"],
    )[0]
    assert started <= 28
    assert closed


def test_stages_are_entered_one_after_the_other(seed: int, query: Query) -> None:
    assert (
        query(
            """
        select OpportunityId from (
            select *, lag(NewValue) over (partition by OpportunityId order by CreatedDate, Id) as before
            from history where Field = 'StageName'
        )
        where before is not null and before <> OldValue
        """,
            history=snapshot_of(seed, errors="all").vendor("salesforce")["opportunity_field_history"],
        )
        == []
    )


def test_no_object_has_two_errors(seed: int) -> None:
    world = world_of(seed)
    invoices = world.subscriptions.invoices
    credited = set(world.subscriptions.credit_notes.invoice)
    assert not credited & set((invoices.error > 0).nonzero()[0])
    variants = world.seeded.name_variants
    crm, billing = (set(variants.customer[variants.system == place]) for place in (0, 1))
    assert not crm & billing
    assert not (crm | billing) & set(world.seeded.hierarchies.customer)
    assert not (crm | billing) & set(world.customers.parent)
    assert set(world.purchasing.overheads.error) <= {0, CODE["missing_account_mapping"], CODE["closed_cost_centre"]}


@pytest.mark.parametrize("system", sorted(VENDOR_TABLES))
def test_a_system_that_nobody_uses_can_be_shown_all_the_same(system: str) -> None:
    """The server prepares every system it speaks for, whether or not the company has it."""
    tables = snapshot_of(7).vendor(system)
    assert len(tables) > 0
    assert all(isinstance(tables[resource], pa.Table) for resource in tables)
