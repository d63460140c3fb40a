"""The ledger balances, and its control accounts are what the events say."""

from datetime import date
from decimal import Decimal

import pytest

from dlt_sources.sandbox.company import Snapshot, build_world
from dlt_sources.sandbox.company.chart import ACCOUNT_NUMBERS, CHARTS, GROUP_CODE_OF_ACCOUNT
from tests.dlt_sources.sandbox.company.conftest import AS_OF, SEEDS, Query, snapshot_of

DOCUMENT = "SourceLedger, CompanyCode, FiscalYear, AccountingDocument"


def accounts_of(group_code: str) -> str:
    """SQL list of the unpadded account numbers that lead to a group account, in all charts."""
    numbers = {
        ACCOUNT_NUMBERS[chart][place].lstrip("0")
        for chart in CHARTS
        for place, code in enumerate(GROUP_CODE_OF_ACCOUNT)
        if code == group_code
    }
    return ", ".join(f"'{number}'" for number in sorted(numbers))


@pytest.mark.parametrize("errors", ["none", "all"])
def test_every_document_balances_in_transaction_local_and_group_currency(seed: int, errors: str, query: Query) -> None:
    unbalanced = query(
        f"""
        select {DOCUMENT} from lines group by all
        having sum(AmountInTransactionCurrency) <> 0 or sum(AmountInCompanyCodeCurrency) <> 0
            or sum(AmountInGlobalCurrency) <> 0 or count(distinct TransactionCurrency) > 1 or count(*) < 2
        """,
        lines=snapshot_of(seed, errors=errors).vendor("sap_s4hana")["journal_lines"],
    )
    assert unbalanced == []


def test_document_keys_are_unique(dirty: Snapshot, query: Query) -> None:
    lines = dirty.vendor("sap_s4hana")["journal_lines"]
    assert query(f"select {DOCUMENT}, LedgerGLLineItem from lines group by all having count(*) > 1", lines=lines) == []


@pytest.mark.parametrize("errors", ["none", "all"])
def test_open_items_are_the_balance_of_their_control_account_at_every_period_end(
    seed: int, errors: str, query: Query
) -> None:
    truth = snapshot_of(seed, errors=errors).truth
    off = query(
        f"""
        with open_items as (
            select source_entity_id, source_account_id, open_on, sum(amount_local) as amount
            from (from receivable union all by name from payable)
            group by all
        ),
        balances as (
            select source_entity_id, source_account_id, closing,
                last_day(make_date(fiscal_year, 1, 1)
                    + to_months(fiscal_period - 1 + if(source_entity_id = '3010', 3, 0))) as period_end
            from trial_balances
            where ledger = '0L' and fiscal_period <= 12
                and source_account_id in ({accounts_of("120000")}, {accounts_of("121000")}, {accounts_of("210000")},
                    {accounts_of("212000")})
        )
        select source_entity_id, source_account_id, period_end, closing, amount
        from balances
        full join open_items using (source_entity_id, source_account_id)
        where (open_on = period_end or open_on is null) and coalesce(closing, 0) <> coalesce(amount, 0)
        """,
        receivable=truth["ar_open_items"],
        payable=truth["ap_open_items"],
        trial_balances=truth["trial_balances"],
    )
    assert off == []


def test_cleared_items_cancel_out_in_both_currencies(clean: Snapshot, query: Query) -> None:
    left_over = query(
        """
        select CompanyCode, ClearingDocFiscalYear, ClearingAccountingDocument
        from items where IsCleared group by all
        having sum(AmountInTransactionCurrency) <> 0 or sum(AmountInCompanyCodeCurrency) <> 0
        """,
        items=clean.vendor("sap_s4hana")["subledger_items"],
    )
    assert left_over == []


def test_deferred_revenue_is_what_is_billed_and_not_yet_earned(clean: Snapshot, query: Query) -> None:
    off = query(
        f"""
        with ledger as (
            select CompanyCode as entity, TransactionCurrency as currency, month_end,
                -sum(AmountInTransactionCurrency) as amount
            from lines, (select distinct month_end from deferred)
            where ltrim(GLAccount, '0') in ({accounts_of("220000")}) and PostingDate <= month_end
            group by all
        )
        select entity, currency, ledger.month_end, ledger.amount, deferred.amount
        from ledger full join deferred
            on source_entity_id = entity and transaction_currency = currency and ledger.month_end = deferred.month_end
        where coalesce(ledger.amount, 0) <> coalesce(deferred.amount, 0)
        """,
        lines=clean.vendor("sap_s4hana")["journal_lines"],
        deferred=clean.truth["deferred_revenue"],
    )
    assert off == []


def test_no_bank_account_is_ever_overdrawn(clean: Snapshot, query: Query) -> None:
    overdrawn = query(
        f"""
        with daily as (
            select CompanyCode, PostingDate, sum(AmountInCompanyCodeCurrency) as amount
            from lines where ltrim(GLAccount, '0') in ({accounts_of("110000")}) group by all
        )
        from (select *, sum(amount) over (partition by CompanyCode order by PostingDate) as balance from daily)
        where balance < 0
        """,
        lines=clean.vendor("sap_s4hana")["journal_lines"],
    )
    assert overdrawn == []


def test_trial_balances_sum_to_zero_and_carry_forward(clean: Snapshot, query: Query) -> None:
    trial_balances = clean.truth["trial_balances"]
    assert (
        query(
            """
        select ledger, source_entity_id, fiscal_year, fiscal_period, sum(opening), sum(closing)
        from balances group by all having sum(opening) <> 0 or sum(closing) <> 0
        """,
            balances=trial_balances,
        )
        == []
    )
    assert query("from balances where opening + debits + credits <> closing", balances=trial_balances) == []
    broken = query(
        """
        from (
            select *, lag(closing) over (
                partition by ledger, source_entity_id, source_account_id order by fiscal_year, fiscal_period
            ) as before, lag(fiscal_year) over (
                partition by ledger, source_entity_id, source_account_id order by fiscal_year, fiscal_period
            ) as year_before
            from balances
        )
        where before is not null and year_before = fiscal_year and opening <> before
        """,
        balances=trial_balances,
    )
    assert broken == []


def test_control_totals_are_the_sums_of_the_lines(dirty: Snapshot, query: Query) -> None:
    sap = dirty.vendor("sap_s4hana")
    keys = "Ledger, CompanyCode, FiscalYear, FiscalPeriod, DebitCreditCode"
    assert (
        query(
            f"""
        (select {keys}, sum(AmountInCompanyCodeCurrency), count(*) from lines group by all
         except select {keys}, AmountInCompanyCodeCurrency, line_count from totals)
        union all
        (select {keys}, AmountInCompanyCodeCurrency, line_count from totals
         except select {keys}, sum(AmountInCompanyCodeCurrency), count(*) from lines group by all)
        """,
            lines=sap["journal_lines"],
            totals=sap["control_totals"],
        )
        == []
    )


def test_year_end_adjustments_stand_in_period_13_and_were_entered_later(clean: Snapshot, query: Query) -> None:
    rows = query(
        """
        select distinct CompanyCode, FiscalYear, strftime(PostingDate, '%m-%d'), CreationDateTime::date > PostingDate
        from lines where FiscalPeriod = '013' order by all
        """,
        lines=clean.vendor("sap_s4hana")["journal_lines"],
    )
    calendar_year_entities = {"1010", "1020", "1030", "2010", "2020", "3020"}
    assert {entity for entity, *_ in rows} == calendar_year_entities
    assert {row[1:] for row in rows} == {("2024", "12-31", True), ("2025", "12-31", True)}


def test_japan_labels_its_fiscal_year_by_the_april_it_begins_in(clean: Snapshot, query: Query) -> None:
    periods = query(
        """
        select distinct FiscalYear, FiscalPeriod from lines
        where CompanyCode = '3010' and PostingDate between '2026-03-01' and '2026-04-30' order by all
        """,
        lines=clean.vendor("sap_s4hana")["journal_lines"],
    )
    assert periods == [("2025", "012"), ("2026", "001")]


def test_reversals_name_their_originals_and_take_them_back(clean: Snapshot, query: Query) -> None:
    lines = clean.vendor("sap_s4hana")["journal_lines"]
    pairs = query(
        """
        select reversal.FiscalPeriod <> original.FiscalPeriod as is_later_period, count(*),
            sum(reversal.AmountInCompanyCodeCurrency + original.AmountInCompanyCodeCurrency),
            bool_and(original.IsReversed)
        from lines as reversal
        inner join lines as original
            on reversal.ReversalReferenceDocument = original.AccountingDocument
            and reversal.CompanyCode = original.CompanyCode and reversal.LedgerGLLineItem = original.LedgerGLLineItem
            and reversal.AccountingDocumentType = original.AccountingDocumentType
            and original.IsReversed and not original.IsReversal
            and reversal.PostingDate - original.PostingDate between 1 and 14
        where reversal.IsReversal group by all
        """,
        lines=lines,
    )
    assert all(difference == 0 and is_marked for _, _, difference, is_marked in pairs)
    assert any(is_later and count > 50 for is_later, count, *_ in pairs)


VOIDED = """
    with voided as (
        select number, total, to_timestamp((status_transitions->>'finalized_at')::bigint)::date as finalised_on,
            to_timestamp((status_transitions->>'voided_at')::bigint)::date as voided_on
        from invoices where status = 'void'
    ),
    posted as (
        select number, finalised_on, voided_on, count(AccountingDocument) as items, bool_and(IsCleared) as is_cleared,
            sum(AmountInTransactionCurrency) as left_over, min(PostingDate) as first, max(PostingDate) as last
        from voided left join items on items.DocumentReferenceID = voided.number
        group by all
    )
"""


def test_a_voided_invoice_leaves_no_receivable(clean: Snapshot, query: Query) -> None:
    tables = {
        "invoices": clean.vendor("stripe")["invoices"],
        "items": clean.vendor("sap_s4hana")["subledger_items"],
    }
    same_day, later, next_month = query(
        f"""{VOIDED}
        select count(*) filter (where voided_on = finalised_on), count(*) filter (where voided_on > finalised_on),
            count(*) filter (where month(voided_on) <> month(finalised_on))
        from posted""",
        **tables,
    )[0]
    assert same_day > 0 and later > next_month > 0
    wrong = query(
        f"""{VOIDED}
        from posted where case when voided_on = finalised_on then items <> 0
            else items <> 2 or not is_cleared or left_over <> 0 or first <> finalised_on or last <> voided_on end""",
        **tables,
    )
    assert wrong == []


def test_a_draft_is_in_no_ledger_and_has_no_number(clean: Snapshot, query: Query) -> None:
    stripe = clean.vendor("stripe")
    drafts = query(
        """
        select distinct number, due_date, json_extract_string(lines.parent, '$.type')
        from invoices inner join lines on lines.invoice = invoices.id where status = 'draft'
        """,
        invoices=stripe["invoices"],
        lines=stripe["invoice_lines"],
    )
    # They look like the charge of a period: whoever counts them counts that twice.
    assert drafts == [(None, None, "subscription_item_details")]
    billed, posted = query(
        """
        select (select count(*) from invoices where status not in ('draft', 'void') and number not like '3020%'),
            (select count(distinct DocumentReferenceID) from items
             where AccountingDocumentType = 'DR' and DocumentReferenceID not like 'SB%' and not IsReversed
                and not IsReversal)
        """,
        invoices=stripe["invoices"],
        items=clean.vendor("sap_s4hana")["subledger_items"],
    )[0]
    assert billed == posted


def test_the_second_ledger_holds_depreciation_only(clean: Snapshot, query: Query) -> None:
    lines = clean.vendor("sap_s4hana")["journal_lines"]
    assert query("select distinct AccountingDocumentType from lines where Ledger = '2L'", lines=lines) == [("AF",)]


def test_affiliates_book_the_same_amounts_on_both_sides(clean: Snapshot, query: Query) -> None:
    totals = query(
        f"""
        select CompanyCode = '1010' as is_seller, sum(AmountInTransactionCurrency) from lines
        where ltrim(GLAccount, '0') in ({accounts_of("420000")}, {accounts_of("511000")})
        group by all order by all
        """,
        lines=clean.vendor("sap_s4hana")["journal_lines"],
    )
    assert len(totals) == 2 and totals[0][1] == -totals[1][1] != Decimal(0)


def test_the_default_scale_is_about_a_hundred_thousand_lines() -> None:
    lines = build_world(SEEDS[0], 1).as_of(AS_OF, "none").vendor("sap_s4hana")["journal_lines"]
    assert 80_000 < len(lines) < 125_000


def test_a_day_before_the_company_existed_is_refused() -> None:
    with pytest.raises(ValueError, match="exists from 2024-10-01"):
        snapshot_of(SEEDS[0], date(2024, 9, 30))
