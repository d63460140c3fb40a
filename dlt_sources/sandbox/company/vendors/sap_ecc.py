"""SAP ECC: the tables behind the transactions, as a replica of its database has them.

Amounts have no sign but SHKZG, and two decimals whatever the currency has (TCURX); dates are eight digits, none is
eight zeros; numbers are padded; exchange rates are valid from 99999999 less the date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dlt_sources.sandbox.company import days, text
from dlt_sources.sandbox.company.columns import decimals
from dlt_sources.sandbox.company.group import CURRENCIES, CURRENCY, LOCAL_CURRENCY, MINOR_UNITS
from dlt_sources.sandbox.company.vendors import relations

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

SYSTEM = "sap_ecc"
CLIENT = "100"
_NO_DATE = "00000000"
# Currencies whose decimals are not two.
_DECIMALS = (("BHD", 3), ("JPY", 0), ("KRW", 0))
_PERIODS = range(1, 17)


def _date(column: str) -> str:
    return f"coalesce(strftime({column}, '%Y%m%d'), '{_NO_DATE}')"


def _flag(column: str) -> str:
    return f"case when {column} then 'X' else '' end"


def _stored(amount: str, currency: str) -> str:
    """An amount as it is stored: yen as if they had cents."""
    return f"cast(case {currency} when 'JPY' then ({amount}) * 0.01 else {amount} end as decimal(15, 2))"


_DOCUMENT = "CompanyCode, FiscalYear, AccountingDocument"
# What takes a document back, by the document.
_REVERSING = """
    select CompanyCode, ReversalReferenceDocument as reversed, min(AccountingDocument) as number,
        min(FiscalYear) as year
    from journal_lines where IsReversal group by all
"""
_HEADS = f"""
    select {_DOCUMENT}, any_value(Ledger) as ledger, any_value(AccountingDocumentType) as type,
        any_value(FiscalPeriod) as period, any_value(PostingDate) as posting, any_value(DocumentDate) as dated,
        any_value(CreationDateTime) as created, any_value(LastChangeDateTime) as changed,
        any_value(TransactionCurrency) as currency, any_value(CompanyCodeCurrency) as local_currency,
        any_value(IsReversal) as is_reversal, any_value(IsReversed) as is_reversed,
        any_value(ReversalReferenceDocument) as reverses, any_value(ReferenceDocumentType) as kind,
        any_value(ReferenceDocument) as reference, any_value(AccountingDocCreatedByUser) as author
    from journal_lines group by all
"""
# A column per period, and objects that are no part of any key here.
_SUMS = ", ".join(
    f"sum(case when FiscalPeriod = '{period:03d}' then AmountInCompanyCodeCurrency else 0 end) as p{period:02d}"
    for period in _PERIODS
)
_STORED_SUMS = ", ".join(
    _stored(f"p{period:02d}", "CompanyCodeCurrency") + f" as HSL{period:02d}" for period in _PERIODS
)
_NO_OBJECTS = ", ".join(f"cast(0 as bigint) as OBJNR0{number}" for number in range(1, 9))
_QUERIES = {
    "T001": f"""
        select '{CLIENT}' as MANDT, CompanyCode as BUKRS, CompanyCodeName as BUTXT, CityName as ORT01, Country as LAND1,
            Currency as WAERS, ChartOfAccounts as KTOPL, FiscalYearVariant as PERIV, Company as RCOMP,
            VATRegistration as STCEG
        from company_codes
        -- A database has several clients; 000 is the one it was delivered with.
        union all
        select '000', '0001', 'SAP A.G.', 'Walldorf', 'DE', 'EUR', 'INT', 'K4', '', ''
    """,
    "SKA1": f"""
        select '{CLIENT}' as MANDT, ChartOfAccounts as KTOPL, GLAccount as SAKNR,
            {_flag("IsBalanceSheetAccount")} as XBILK, ProfitLossAccountType as GVTYP, GLAccountGroup as KTOKS,
            {_date("CreationDate")} as ERDAT
        from gl_accounts
    """,
    "SKAT": f"""
        select '{CLIENT}' as MANDT, 'E' as SPRAS, ChartOfAccounts as KTOPL, GLAccount as SAKNR, GLAccountName as TXT20,
            GLAccountLongName as TXT50
        from gl_account_texts
    """,
    "CSKS": f"""
        select '{CLIENT}' as MANDT, ControllingArea as KOKRS, CostCenter as KOSTL, {_date("ValidityEndDate")} as DATBI,
            {_date("ValidityStartDate")} as DATAB, CompanyCode as BUKRS, CostCenterCurrency as WAERS,
            ProfitCenter as PRCTR, CostCenterCategory as KOSAR
        from cost_centers
    """,
    "CSKT": f"""
        select '{CLIENT}' as MANDT, 'E' as SPRAS, ControllingArea as KOKRS, CostCenter as KOSTL,
            {_date("ValidityEndDate")} as DATBI, CostCenterName as KTEXT, CostCenterDescription as LTEXT
        from cost_center_texts
    """,
    "KNA1": f"""
        select '{CLIENT}' as MANDT, Customer as KUNNR, Country as LAND1, CustomerName as NAME1,
            CustomerAccountGroup as KTOKD, CustomerCorporateGroup as KONZS, VATRegistration as STCEG,
            {_date("CreationDate")} as ERDAT, {_flag("DeletionIndicator")} as LOEVM
        from customers left join business_partner_addresses on BusinessPartner = Customer
    """,
    "LFA1": f"""
        select '{CLIENT}' as MANDT, Supplier as LIFNR, Country as LAND1, SupplierName as NAME1,
            SupplierAccountGroup as KTOKK, coalesce(VATRegistration, '') as STCEG, {_date("CreationDate")} as ERDAT,
            {_flag("DeletionIndicator")} as LOEVM
        from suppliers left join business_partner_addresses on BusinessPartner = Supplier
    """,
    "MARA": f"""
        select '{CLIENT}' as MANDT, Product as MATNR, ProductType as MTART, ProductGroup as MATKL,
            {_date("CreationDate")} as ERSDA
        from products
    """,
    "MAKT": f"""
        select '{CLIENT}' as MANDT, Product as MATNR, 'E' as SPRAS, ProductDescription as MAKTX
        from product_descriptions
    """,
    # A document of the second ledger alone has its items elsewhere (BSEG_ADD).
    "BKPF": f"""
        select '{CLIENT}' as MANDT, heads.CompanyCode as BUKRS, heads.AccountingDocument as BELNR,
            heads.FiscalYear as GJAHR, type as BLART, {_date("dated")} as BLDAT, {_date("posting")} as BUDAT,
            right(period, 2) as MONAT, strftime(created, '%Y%m%d') as CPUDT, strftime(created, '%H%M%S') as CPUTM,
            '{_NO_DATE}' as AEDAT,
            case when is_reversed then strftime(changed, '%Y%m%d') else '{_NO_DATE}' end as UPDDT,
            currency as WAERS, local_currency as HWAER, case ledger when '0L' then '' else 'L' end as BSTAT,
            case ledger when '0L' then '' else ledger end as LDGRP,
            case when is_reversal then reverses else coalesce(reversing.number, '') end as STBLG,
            case when is_reversal then heads.FiscalYear else coalesce(reversing.year, '0000') end as STJAH,
            case when is_reversal then '2' when is_reversed then '1' else '' end as XREVERSAL,
            coalesce(items.reference, '') as XBLNR, kind as AWTYP,
            case kind when 'VBRK' then heads.reference else heads.AccountingDocument || heads.CompanyCode
                || heads.FiscalYear end as AWKEY,
            author as USNAM
        from ({_HEADS}) heads
        left join ({_REVERSING}) reversing
            on heads.CompanyCode = reversing.CompanyCode and heads.AccountingDocument = reversing.reversed
            and heads.is_reversed
        left join (
            select {_DOCUMENT}, min(DocumentReferenceID) as reference from subledger_items group by all
        ) items
            on heads.CompanyCode = items.CompanyCode and heads.FiscalYear = items.FiscalYear
            and heads.AccountingDocument = items.AccountingDocument
        order by BUKRS, GJAHR, BELNR
    """,
    "BSEG": f"""
        select '{CLIENT}' as MANDT, lines.CompanyCode as BUKRS, lines.AccountingDocument as BELNR,
            lines.FiscalYear as GJAHR, right(lines.LedgerGLLineItem, 3) as BUZEI,
            lines.FinancialAccountType as KOART, coalesce(items.SpecialGLCode, '') as UMSKZ,
            lines.DebitCreditCode as SHKZG, '' as XNEGP,
            {_stored("abs(lines.AmountInCompanyCodeCurrency)", "lines.CompanyCodeCurrency")} as DMBTR,
            {_stored("abs(lines.AmountInTransactionCurrency)", "lines.TransactionCurrency")} as WRBTR,
            lines.GLAccount as HKONT, lines.Customer as KUNNR, lines.Supplier as LIFNR, lines.CostCenter as KOSTL,
            lines.ProfitCenter as PRCTR, lines.Product as MATNR, lines.PartnerCompany as VBUND,
            lines.AssignmentReference as ZUONR, lines.DocumentItemText as SGTXT,
            {_date("items.DueCalculationBaseDate")} as ZFBDT, coalesce(items.PaymentTerms, '') as ZTERM,
            cast(coalesce(items.NetPaymentDays, 0) as decimal(3, 0)) as ZBD1T, cast(0 as decimal(3, 0)) as ZBD2T,
            cast(0 as decimal(3, 0)) as ZBD3T, {_date("items.ClearingDate")} as AUGDT,
            coalesce(items.ClearingAccountingDocument, '') as AUGBL, coalesce(items.InvoiceReference, '') as REBZG,
            coalesce(nullif(items.InvoiceReferenceFiscalYear, ''), '0000') as REBZJ,
            coalesce(items.BillingDocument, '') as VBELN
        from journal_lines lines
        left join subledger_items items
            on lines.CompanyCode = items.CompanyCode and lines.FiscalYear = items.FiscalYear
            and lines.AccountingDocument = items.AccountingDocument
            and cast(lines.LedgerGLLineItem as integer) = cast(items.AccountingDocumentItem as integer)
        where lines.Ledger = '0L'
        order by BUKRS, GJAHR, BELNR, BUZEI
    """,
    "FAGLFLEXT": f"""
        with totals as (
            select Ledger, CompanyCode, FiscalYear, GLAccount, CostCenter, DebitCreditCode, CompanyCodeCurrency,
                {_SUMS}
            from journal_lines group by all
        )
        select '{CLIENT}' as RCLNT, FiscalYear as RYEAR,
            cast(dense_rank() over (order by Ledger, CompanyCode, GLAccount, CostCenter) as bigint) as OBJNR00,
            {_NO_OBJECTS},
            DebitCreditCode as DRCRK, '016' as RPMAX, Ledger as RLDNR, '0' as RRCTY, '001' as RVERS,
            GLAccount as RACCT, CompanyCode as RBUKRS, CostCenter as RCNTR,
            {_STORED_SUMS}
        from totals
        order by RYEAR, OBJNR00, DRCRK
    """,
    "VBRK": f"""
        select '{CLIENT}' as MANDT, BillingDocument as VBELN, BillingDocumentType as FKART, SDDocumentCategory as VBTYP,
            {_date("BillingDocumentDate")} as FKDAT, {_date("CreationDate")} as ERDAT,
            case when BillingDocumentIsCancelled then strftime(LastChangeDateTime, '%Y%m%d') else '{_NO_DATE}' end
                as AEDAT,
            {_stored("TotalNetAmount", "TransactionCurrency")} as NETWR,
            {_stored("TaxAmount", "TransactionCurrency")} as MWSBK, TransactionCurrency as WAERK, CompanyCode as BUKRS,
            FiscalYear as GJAHR, AccountingDocument as BELNR, SoldToParty as KUNAG, PayerParty as KUNRG,
            {_flag("BillingDocumentIsCancelled")} as FKSTO, CancelledBillingDocument as SFAKN,
            CustomerPaymentTerms as ZTERM
        from billing_documents
        order by VBELN
    """,
    "VBRP": f"""
        select '{CLIENT}' as MANDT, BillingDocument as VBELN, BillingDocumentItem as POSNR, Material as MATNR,
            BillingDocumentItemText as ARKTX, BillingQuantity as FKIMG, BillingQuantityUnit as VRKME,
            {_stored("NetAmount", "TransactionCurrency")} as NETWR, SalesDocument as AUBEL, SalesDocumentItem as AUPOS
        from billing_document_items
        order by VBELN, POSNR
    """,
}


def _rates(snapshot: Snapshot) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Source and target currency and month of the rates that are kept: into the entities' currencies, every month."""
    targets = np.unique(LOCAL_CURRENCY[snapshot.books.entities(SYSTEM)])
    first, last = days.month_of(np.array([days.FIRST_DAY, snapshot.day]))
    target, source, month = (
        part.ravel()
        for part in np.meshgrid(targets, np.arange(len(CURRENCIES)), np.arange(first, last + 1), indexing="ij")
    )
    foreign = target != source
    return source[foreign], target[foreign], month[foreign]


def _inverted(on: np.ndarray) -> pa.Array:
    return text.padded(np.array([99_999_999 - int(f"{days.to_date(day):%Y%m%d}") for day in on], dtype=np.int64), 8)


def _units(source: np.ndarray) -> np.ndarray:
    """For how many units of a currency its rate is given."""
    return np.where(MINOR_UNITS[source] == 0, 100, 1)


def exchange_rates(snapshot: Snapshot) -> pa.Table:
    """TCURR: a rate per month; that of the pound is quoted the other way round, which its sign says."""
    source, target, month = _rates(snapshot)
    on = days.first_of_month(month)
    million = 1_000_000 * _units(source) * 10 ** MINOR_UNITS[source]
    price = snapshot.world.rates.converted(million, source, target, on) // 10 ** MINOR_UNITS[target]
    indirect = -(10**11 // np.maximum(price, 1))
    return pa.table(
        {
            "MANDT": text.repeated(CLIENT, len(on)),
            "KURST": text.repeated("M", len(on)),
            "FCURR": text.chosen(list(CURRENCIES), source),
            "TCURR": text.chosen(list(CURRENCIES), target),
            "GDATU": _inverted(on),
            "UKURS": decimals(np.where(source == CURRENCY["GBP"], indirect, price // 10), 5, 12),
        }
    )


def rate_factors(snapshot: Snapshot) -> pa.Table:
    """TCURF: for how many units a pair is quoted, for good."""
    source, target, month = _rates(snapshot)
    first = month == month.min(initial=10**9)
    source, target = source[first], target[first]
    count = len(source)
    return pa.table(
        {
            "MANDT": text.repeated(CLIENT, count),
            "KURST": text.repeated("M", count),
            "FCURR": text.chosen(list(CURRENCIES), source),
            "TCURR": text.chosen(list(CURRENCIES), target),
            "GDATU": _inverted(np.full(count, days.day("2000-01-01"))),
            "FFACT": decimals(_units(source), 0, 9),
            "TFACT": decimals(np.ones(count, dtype=np.int64), 0, 9),
        }
    )


def currency_decimals(snapshot: Snapshot) -> pa.Table:
    """TCURX: the currencies whose decimals are not two."""
    codes, places = zip(*_DECIMALS, strict=True)
    return pa.table({"CURRKEY": list(codes), "CURRDEC": pa.array(places, pa.int16())})


TABLES = {
    **relations.tables(SYSTEM, _QUERIES),
    "TCURR": exchange_rates,
    "TCURF": rate_factors,
    "TCURX": currency_decimals,
}
