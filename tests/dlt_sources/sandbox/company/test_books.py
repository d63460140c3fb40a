"""The same company seen from two ERPs: nothing is lost, nothing twice, and the truth does not know the difference."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from dlt_sources.sandbox.company import Snapshot, build_world
from dlt_sources.sandbox.company.books import Books
from dlt_sources.sandbox.company.group import ENTITY_CODES
from dlt_sources.sandbox.company.mappings import write
from dlt_sources.sandbox.direct import load_direct
from tests.dlt_sources.sandbox.company.conftest import AS_OF, SCALE, Query, world_of

ELSEWHERE = {"3010": "netsuite", "3020": "netsuite"}
COMPANIES = {"1020": "business_central", "3010": "business_central"}


@pytest.fixture(scope="module")
def apart() -> Snapshot:
    return build_world(7, SCALE, ELSEWHERE).as_of(AS_OF, "all")


@pytest.fixture(scope="module")
def together() -> Snapshot:
    return world_of(7).as_of(AS_OF, "all")


def test_sap_shows_its_own_entities_and_no_row_changes(apart: Snapshot, together: Snapshot, query: Query) -> None:
    for resource in ("journal_lines", "subledger_items", "control_totals", "cost_centers", "supplier_invoices"):
        less, more = apart.vendor("sap_s4hana")[resource], together.vendor("sap_s4hana")[resource]
        kept = query("select * from more where \"CompanyCode\" not in ('3010', '3020')", more=more)
        assert query("select * from less", less=less) == kept, resource
        assert kept and len(kept) < more.num_rows


def test_the_two_ledgers_together_are_the_ledger(apart: Snapshot, together: Snapshot, query: Query) -> None:
    netsuite = apart.vendor("netsuite")
    here = query(
        """
        select l.subsidiary::varchar, p.startdate, p.isadjust = 'T', account.acctnumber, sum(a.amount), count(*)
        from accounting_lines a
        join transactions t on t.id = a.transaction
        join transaction_lines l on l.transaction = a.transaction and l.id = a.transactionline
        join accounts account on account.id = a.account
        join accounting_periods p on p.id = t.postingperiod
        where a.posting = 'T' and a.accountingbook = 1
        group by all order by all
        """,
        **{
            name: netsuite[name]
            for name in ("accounting_lines", "transactions", "transaction_lines", "accounts", "accounting_periods")
        },
    )
    there = query(
        """
        select "CompanyCode",
            case when "FiscalPeriod" > '012' then date_trunc('month', "PostingDate") + interval 1 month - interval 1 day
            else date_trunc('month', "PostingDate") end::date,
            "FiscalPeriod" > '012', ltrim("GLAccount", '0'),
            sum("AmountInCompanyCodeCurrency"), count(*)
        from lines where "Ledger" = '0L' and "CompanyCode" in ('3010', '3020')
        group by all order by all
        """,
        lines=together.vendor("sap_s4hana")["journal_lines"],
    )
    assert here == there and here


def test_the_amounts_of_the_truth_do_not_depend_on_the_books(apart: Snapshot, together: Snapshot, query: Query) -> None:
    for name, columns in (
        ("trial_balances", "source_entity_id, fiscal_year, fiscal_period, source_account_id, opening, debits, closing"),
        ("ar_open_items", "open_on, source_entity_id, source_counterparty_id, amount_transaction, amount_local"),
        ("ap_open_items", "open_on, source_entity_id, source_counterparty_id, amount_transaction, amount_local"),
    ):
        ordered = f"select {columns} from truth order by all"
        assert query(ordered, truth=apart.truth[name]) == query(ordered, truth=together.truth[name]), name
    for name in ("mrr_movements", "pipeline_daily", "bookings", "plan_lines", "deferred_revenue"):
        assert apart.truth[name].equals(together.truth[name]), name


def test_a_label_follows_its_entity_and_stays_what_it_was(apart: Snapshot, together: Snapshot) -> None:
    of_orders = {
        "receipt_never_invoiced",
        "receipt_never_entered",
        "receipt_below_invoice",
        "purchase_price_differs",
    }
    # An ERP that shows no orders shows none of their errors either.
    here, there = (
        [
            label
            for label in snapshot.labels.to_pylist()
            if label["error_class"] not in of_orders or label["entity_code"] not in ELSEWHERE
        ]
        for snapshot in (apart, together)
    )
    assert len(here) == apart.labels.num_rows
    assert [label | {"natural_key": None} for label in here] == [label | {"natural_key": None} for label in there]
    moved = {
        (label["error_class"], label["entity_code"])
        for label, before in zip(here, there, strict=True)
        if label["natural_key"] != before["natural_key"]
    }
    of_an_erp = ("missing_account_mapping", "missing_product_mapping", "closed_cost_centre")
    assert moved == {
        (label["error_class"], label["entity_code"])
        for label in here
        if label["error_class"] in of_an_erp and label["entity_code"] in ELSEWHERE
    }
    assert moved


def test_what_is_open_in_netsuite_is_what_the_truth_says_is_open(apart: Snapshot, query: Query) -> None:
    netsuite = apart.vendor("netsuite")
    unpaid = query(
        """
        select l.transaction::varchar, l.id::varchar from lines l
        where coalesce(l.foreignamountunpaid, l.foreignpaymentamountunused) > 0 order by all
        """,
        lines=netsuite["transaction_lines"],
    )
    # A payment in part is spent at once, and still an open item of the contract until its invoice is paid.
    spent = query("select distinct nextdoc::varchar from links", links=netsuite["line_links"])
    for name in ("ar_open_items", "ap_open_items"):
        items = query(
            "select document_number, line_number from items "
            f"where open_on = date '{AS_OF}' and source_entity_id in ('3010', '3020')",
            items=apart.truth[name],
        )
        assert items and set(items) <= set(unpaid) | {item for item in items if (item[0],) in set(spent)}, name


@pytest.mark.parametrize("day", [date(2026, 9, 28), date(2026, 9, 30)])
def test_a_draft_that_was_thrown_away_is_told_by_the_deleted_records_only(day: date, query: Query) -> None:
    netsuite = build_world(7, SCALE, ELSEWHERE).as_of(day, "none").vendor("netsuite")
    drafts = query("select id from transactions where memo = 'Draft'", transactions=netsuite["transactions"])
    deleted = query("select recordid from deleted_records", deleted_records=netsuite["deleted_records"])
    assert len(drafts) == (1 if day.day < 29 else 0)
    assert deleted and not set(drafts) & set(deleted)
    left = query(
        "select count(*) from lines where transaction in (select recordid from deleted_records)",
        lines=netsuite["transaction_lines"],
        deleted_records=netsuite["deleted_records"],
    )
    assert left == [(0,)]


@pytest.fixture(scope="module")
def in_companies() -> Snapshot:
    return build_world(7, SCALE, COMPANIES).as_of(AS_OF, "all")


def test_the_ledger_of_a_company_is_the_ledger(in_companies: Snapshot, together: Snapshot, query: Query) -> None:
    """What was posted after the twelfth period is in it: Business Central has no later one."""
    business_central = in_companies.vendor("business_central")
    here = query(
        """
        select company.name, date_trunc('month', "postingDate")::date, "accountNumber",
            sum("debitAmount" - "creditAmount"), count(*)
        from entries join companies company on company.id = entries."companyId" group by all order by all
        """,
        entries=business_central["general_ledger_entries"],
        companies=business_central["companies"],
    )
    there = query(
        """
        select "CompanyCode", date_trunc('month', "PostingDate")::date, ltrim("GLAccount", '0'),
            sum("AmountInCompanyCodeCurrency"), count(*)
        from lines where "Ledger" = '0L' and "CompanyCode" in ('1020', '3010') group by all order by all
        """,
        lines=together.vendor("sap_s4hana")["journal_lines"],
    )
    assert here == there and here


def test_entries_are_numbered_through_in_the_order_of_their_entry(in_companies: Snapshot, query: Query) -> None:
    entries = query(
        'select "companyId", "entryNumber", "documentNumber"::bigint from entries order by 1, 2',
        entries=in_companies.vendor("business_central")["general_ledger_entries"],
    )
    assert len(set(entries)) == len({entry[:2] for entry in entries}) == len(entries)
    for company in {entry[0] for entry in entries}:
        documents = [document for of, _, document in entries if of == company]
        assert documents == sorted(documents)


def test_what_is_open_in_a_company_is_what_the_truth_says_is_open(in_companies: Snapshot, query: Query) -> None:
    """An entry is settled when it is closed, and what closed it, and what closed that."""
    business_central = in_companies.vendor("business_central")
    for side, truth in (("customer", "ar_open_items"), ("vendor", "ap_open_items")):
        found = query(
            """
            select company.name, entry."documentNumber", entry."entryNumber"::varchar, entry."amountLcy"
            from entries entry
            join companies company on company.id = entry."companyId"
            left join entries closing
                on closing."companyId" = entry."companyId" and closing."entryNumber" = entry."closedByEntryNumber"
            left join entries last
                on last."companyId" = closing."companyId" and last."entryNumber" = closing."closedByEntryNumber"
            where entry.open or coalesce(closing.open, false) or coalesce(last.open, false) order by all
            """,
            entries=business_central[f"{side}_ledger_entries"],
            companies=business_central["companies"],
        )
        expected = query(
            f"""
            select source_entity_id, document_number, line_number, amount_local from items
            where open_on = date '{AS_OF}' and source_entity_id in ('1020', '3010') order by all
            """,
            items=in_companies.truth[truth],
        )
        assert found == expected and found, side


def test_a_company_knows_no_groups_of_customers_and_its_label_is_not_asked_for(
    in_companies: Snapshot, together: Snapshot
) -> None:
    def differing(snapshot: Snapshot) -> set[str]:
        return {row["natural_key"] for row in snapshot.labels.to_pylist() if row["error_class"] == "hierarchy_differs"}

    everywhere = build_world(7, SCALE, dict.fromkeys(ENTITY_CODES, "business_central")).as_of(AS_OF, "all")
    assert differing(everywhere) == set()
    assert differing(in_companies) <= differing(together) and differing(together)


def test_each_company_maps_its_own_chart_items_and_cost_centres(tmp_path: Path) -> None:
    write(tmp_path, Books(COMPANIES))

    def rows(name: str) -> list[list[str]]:
        lines = [line.split(",") for line in (tmp_path / f"{name}.csv").read_text().splitlines()]
        return [line for line in lines if line[0] == "business_central_group"]

    assert {line[1] for line in rows("accounts")} == {"1020", "3010"}
    for name in ("cost_centres", "product_families", "customers"):
        keys = [line[1] for line in rows(name)]
        assert {key.partition("/")[0] for key in keys} == {"1020", "3010"}, name
        assert len(keys) == len(set(keys)), name


def test_books_that_no_erp_can_keep_are_refused() -> None:
    with pytest.raises(ValueError, match="no entity is called 9999"):
        Books({"9999": "netsuite"})
    with pytest.raises(ValueError, match="the ERPs are sap_s4hana, netsuite, business_central"):
        Books({"3020": "quickbooks"})
    with pytest.raises(ValueError, match="one chart of accounts"):
        Books({"3020": "netsuite", "2010": "netsuite"})


def test_loading_without_http_refuses_books_that_only_a_query_shows(apart: Snapshot, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="only books in SAP"):
        load_direct(apart, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_books_elsewhere_netsuite_is_an_empty_account(together: Snapshot) -> None:
    tables = together.vendor("netsuite")
    assert isinstance(tables["transactions"], pa.Table)
    for resource in ("subsidiaries", "transactions", "transaction_lines", "accounting_lines", "line_links", "accounts"):
        assert tables[resource].num_rows == 0, resource


def test_without_books_there_business_central_has_no_company(together: Snapshot) -> None:
    tables = together.vendor("business_central")
    assert {resource for resource in tables if tables[resource].num_rows} == set()
