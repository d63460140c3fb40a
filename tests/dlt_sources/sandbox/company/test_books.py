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
IN_LEDGERS = {"1010": "oracle_fusion", "1030": "oracle_fusion"}
COMPANIES = {"1020": "business_central", "3010": "business_central"}
LEGAL_ENTITIES = {"2020": "d365_finance", "3010": "d365_finance"}


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


@pytest.fixture(scope="module")
def in_one_installation() -> Snapshot:
    return build_world(7, SCALE, LEGAL_ENTITIES).as_of(AS_OF, "all")


def test_the_ledger_of_a_legal_entity_is_the_ledger_and_its_year_end_transfers(
    in_one_installation: Snapshot, together: Snapshot, query: Query
) -> None:
    """Currencies, periods and accounts are told by the ledger; a closing period is its year's thirteenth."""
    operations = in_one_installation.vendor("d365_finance")
    here = query(
        """
        select ledger."LegalEntityId", date_trunc('month', period."EndDate")::date, period."Type" = 'Closing',
            account."MainAccountId", sum(line."AccountingCurrencyAmount"), sum(line."ReportingCurrencyAmount"), count(*)
        from lines line
        join entries entry on entry."SourceKey" = line."GeneralJournalEntry" and entry."PostingLayer" = 'Current'
        join ledgers ledger on ledger."LedgerRecId" = entry."Ledger"
        join periods period on period."SourceKey" = entry."FiscalCalendarPeriod"
        join accounts account on account."MainAccountRecId" = line."MainAccount"
        where line."PostingType" <> 'TransferOpeningClosing' group by all order by all
        """,
        lines=operations["journal_lines"],
        entries=operations["journal_entries"],
        ledgers=operations["ledgers"],
        periods=operations["fiscal_periods"],
        accounts=operations["main_accounts"],
    )
    there = query(
        """
        select "CompanyCode", date_trunc('month', "PostingDate")::date, "FiscalPeriod" > '012', ltrim("GLAccount", '0'),
            sum("AmountInCompanyCodeCurrency"), sum("AmountInGlobalCurrency"), count(*)
        from lines where "Ledger" = '0L' and "CompanyCode" in ('2020', '3010') group by all order by all
        """,
        lines=together.vendor("sap_s4hana")["journal_lines"],
    )
    assert here == there and here


def test_a_year_is_carried_forward_as_it_ended(in_one_installation: Snapshot, query: Query) -> None:
    operations = in_one_installation.vendor("d365_finance")
    carried = query(
        """
        select entry."Ledger", date_trunc('day', entry."AccountingDate")::date, line."MainAccount",
            sum(line."AccountingCurrencyAmount")
        from lines line join entries entry on entry."SourceKey" = line."GeneralJournalEntry"
        where line."PostingType" = 'TransferOpeningClosing' and entry."PostingLayer" = 'Current'
        group by all order by all
        """,
        lines=operations["journal_lines"],
        entries=operations["journal_entries"],
    )
    years = {(ledger, day) for ledger, day, *_ in carried}
    assert years and all(day.day == 1 for _, day in years)
    for year in years:
        assert sum(amount for *of, _, amount in carried if tuple(of) == year) == 0


def test_what_is_open_in_a_legal_entity_is_what_the_truth_says_is_open(
    in_one_installation: Snapshot, query: Query
) -> None:
    """A transaction is settled when it is closed, and what it was settled with, and what that was settled with."""
    operations = in_one_installation.vendor("d365_finance")
    for side, truth in (("customer", "ar_open_items"), ("vendor", "ap_open_items")):
        found = query(
            """
            with met as (
                select item."SourceKey" as item, other."SettleAmountCur" <> other."AmountCur" as is_open
                from items item
                join settlements settled on settled."TransRecId" = item."SourceKey"
                join items other on other."SourceKey" = settled."OffsetRecid"
            ),
            reached as (
                select * from met
                union all
                select settled."TransRecId", met.is_open
                from settlements settled join met on met.item = settled."OffsetRecid"
            )
            select upper(item."dataAreaId"), item."Voucher", item."SourceKey"::varchar, item."AmountMST"
            from items item
            where item."SettleAmountCur" <> item."AmountCur"
                or item."SourceKey" in (select item from reached where is_open)
            order by all
            """,
            items=operations[f"{side}_transactions"],
            settlements=operations[f"{side}_settlements"],
        )
        expected = query(
            f"""
            select source_entity_id, document_number, line_number, amount_local from items
            where open_on = date '{AS_OF}' and source_entity_id in ('2020', '3010') order by all
            """,
            items=in_one_installation.truth[truth],
        )
        assert found == expected and found, side


def test_books_that_no_erp_can_keep_are_refused() -> None:
    with pytest.raises(ValueError, match="no entity is called 9999"):
        Books({"9999": "netsuite"})
    with pytest.raises(ValueError, match="the ERPs are sap_s4hana, netsuite, business_central, sap_ecc"):
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


def test_without_books_there_finance_and_operations_has_only_what_every_installation_has(together: Snapshot) -> None:
    tables = together.vendor("d365_finance")
    filled = {resource for resource in tables if tables[resource].num_rows}
    assert filled == {"dimension_attributes", "dimension_parameters"}


@pytest.fixture(scope="module")
def in_ledgers() -> Snapshot:
    return build_world(7, SCALE, IN_LEDGERS).as_of(AS_OF, "all")


def test_the_ledgers_of_fusion_are_the_ledger(in_ledgers: Snapshot, together: Snapshot, query: Query) -> None:
    fusion = in_ledgers.vendor("oracle_fusion")
    here = query(
        """
        select c."CodeCombinationSegment1", h."GlJeHeadersPeriodName" like 'ADJ-%',
            date_trunc('month', h."GlJeHeadersDefaultEffectiveDate")::date, c."CodeCombinationSegment2",
            sum(coalesce("GlJeLinesAccountedDr", 0) - coalesce("GlJeLinesAccountedCr", 0)), count(*)
        from lines
        join headers h using ("JeHeaderId")
        join combinations c on c."CodeCombinationCodeCombinationId" = lines."GlJeLinesCodeCombinationId"
        join ledgers l on l."LedgerLedgerId" = h."GlJeHeadersLedgerId"
        where h."GlJeHeadersStatus" = 'P' and h."GlJeHeadersActualFlag" = 'A'
            and l."LedgerLedgerCategoryCode" = 'PRIMARY'
        group by all order by all
        """,
        lines=fusion["journal_lines"],
        headers=fusion["journal_headers"],
        combinations=fusion["code_combinations"],
        ledgers=fusion["ledgers"],
    )
    there = query(
        """
        select "CompanyCode", "FiscalPeriod" > '012', date_trunc('month', "PostingDate")::date, "GLAccount",
            sum("AmountInCompanyCodeCurrency"), count(*)
        from lines where "Ledger" = '0L' and "CompanyCode" in ('1010', '1030') group by all order by all
        """,
        lines=together.vendor("sap_s4hana")["journal_lines"],
    )
    assert here == there and here


def test_actual_balances_are_the_sums_of_posted_lines_and_all_others_would_count_twice(
    in_ledgers: Snapshot, query: Query
) -> None:
    fusion = in_ledgers.vendor("oracle_fusion")
    posted = query(
        """
        select h."GlJeHeadersLedgerId", h."GlJeHeadersPeriodName", "GlJeLinesCodeCombinationId",
            sum(coalesce("GlJeLinesAccountedDr", 0)), sum(coalesce("GlJeLinesAccountedCr", 0))
        from lines join headers h using ("JeHeaderId")
        where h."GlJeHeadersStatus" = 'P' and h."GlJeHeadersActualFlag" = 'A' group by all order by all
        """,
        lines=fusion["journal_lines"],
        headers=fusion["journal_headers"],
    )
    balances = query(
        """
        select "BalanceLedgerId", "BalancePeriodName", "BalanceCodeCombinationId", "BalancePeriodNetDr",
            "BalancePeriodNetCr"
        from balances
        where "BalanceActualFlag" = 'A' and "BalanceTranslatedFlag" is null and "BalanceTemplateId" is null
        order by all
        """,
        balances=fusion["balances"],
    )
    assert balances == posted
    kinds = query(
        """
        select distinct "BalanceActualFlag", "BalanceTranslatedFlag", "BalanceTemplateId" is not null from balances
        order by all
        """,
        balances=fusion["balances"],
    )
    assert kinds == [("A", "R", False), ("A", "Y", False), ("A", None, False), ("A", None, True), ("B", None, False)]
    negative = 'select count(*) from balances where "BalancePeriodNetDr" < 0 or "BalancePeriodNetCr" < 0'
    assert query(negative, balances=fusion["balances"]) > [(0,)]


def test_every_item_of_fusion_is_a_schedule_or_an_invoice_with_its_line_in_the_ledger(
    in_ledgers: Snapshot, query: Query
) -> None:
    fusion = in_ledgers.vendor("oracle_fusion")
    found = query(
        """
        select t."TransactionEntityCode", count(*), count(distinct t."TransactionSourceIdInt1"),
            count(schedule."ArPaymentSchedulePaymentScheduleId"), count(invoice."InvoiceId"), count(payment."CheckId")
        from lines
        join subledger_lines x on x."JournalEntryLineGlSlLinkId" = lines."GlJeLinesGlSlLinkId"
        join subledger_headers h on h."JournalEntryHeaderAeHeaderId" = x."JournalEntryLineAeHeaderId"
        join transactions t on t."TransactionEntityId" = h."JournalEntryHeaderEntityId"
        left join schedules schedule on t."TransactionSourceIdInt1"
            in (schedule."ArPaymentScheduleCustomerTrxId", schedule."ArPaymentScheduleCashReceiptId")
        left join invoices invoice on invoice."InvoiceId" = t."TransactionSourceIdInt1"
        left join payments payment on payment."CheckId" = t."TransactionSourceIdInt1"
        where x."JournalEntryLineAccountingClassCode" in ('RECEIVABLE', 'LIABILITY') group by all order by all
        """,
        lines=fusion["journal_lines"],
        subledger_lines=fusion["subledger_lines"],
        subledger_headers=fusion["subledger_headers"],
        transactions=fusion["subledger_transactions"],
        schedules=fusion["receivable_schedules"],
        invoices=fusion["payables_invoices"],
        payments=fusion["payables_payments"],
    )
    assert [kind for kind, *_ in found] == ["AP_INVOICES", "AP_PAYMENTS", "RECEIPTS", "TRANSACTIONS"]
    for kind, items, transactions, *in_subledger in found:
        assert items == transactions == sum(in_subledger) > 0, kind


def test_without_books_there_fusion_has_no_ledger(together: Snapshot) -> None:
    tables = together.vendor("oracle_fusion")
    for resource in ("legal_entities", "journal_headers", "journal_lines", "balances", "receivable_schedules"):
        assert tables[resource].num_rows == 0, resource
