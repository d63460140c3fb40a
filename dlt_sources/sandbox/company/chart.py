"""The group chart, and the accounts the entities really post to: three regional charts with numbers of their own."""

from __future__ import annotations

from dataclasses import dataclass

from dlt_sources.sandbox.company.group import ENTITIES

CHARTS = ("CAEU", "CAUS", "CAAP")
CHART_OF_ENTITY = [CHARTS.index(entity.chart) for entity in ENTITIES]


@dataclass(frozen=True)
class GroupAccount:
    """An account of the group chart."""

    code: str
    name: str
    account_class: str
    statement_line: str
    normal_balance: str
    is_intercompany: bool = False
    control_account: str = ""
    # What is held against what of the partner; the investments in subsidiaries wait for the consolidation.
    elimination_group: str = ""

    @property
    def is_balance_sheet(self) -> bool:
        return self.account_class in ("asset", "liability", "equity")

    @property
    def translation_method(self) -> str:
        if self.account_class == "equity":
            return "historical"
        return "closing" if self.is_balance_sheet else "average"


# In the order in which a statement shows them.
GROUP_ACCOUNTS = (
    GroupAccount("110000", "Cash at bank", "asset", "Cash and cash equivalents", "debit"),
    GroupAccount("110500", "Payment provider clearing", "asset", "Cash and cash equivalents", "debit"),
    GroupAccount("120000", "Trade receivables", "asset", "Trade receivables", "debit", control_account="AR"),
    GroupAccount(
        "121000",
        "Receivables from affiliates",
        "asset",
        "Receivables from affiliates",
        "debit",
        True,
        "AR",
        elimination_group="receivables_payables",
    ),
    GroupAccount("122000", "Unbilled receivables", "asset", "Other current assets", "debit"),
    GroupAccount("123000", "Input tax", "asset", "Other current assets", "debit"),
    GroupAccount("130000", "Inventories", "asset", "Inventories", "debit"),
    GroupAccount("150000", "Property, plant and equipment, cost", "asset", "Property, plant and equipment", "debit"),
    GroupAccount("151000", "Accumulated depreciation", "asset", "Property, plant and equipment", "credit"),
    GroupAccount(
        "160000",
        "Loans to affiliates",
        "asset",
        "Loans to affiliates",
        "debit",
        True,
        elimination_group="loans",
    ),
    GroupAccount("170000", "Investments in subsidiaries", "asset", "Investments in subsidiaries", "debit", True),
    GroupAccount("210000", "Trade payables", "liability", "Trade payables", "credit", control_account="AP"),
    GroupAccount(
        "211000",
        "Goods received, not invoiced",
        "liability",
        "Other current liabilities",
        "credit",
        control_account="GRIR",
    ),
    GroupAccount(
        "212000",
        "Payables to affiliates",
        "liability",
        "Payables to affiliates",
        "credit",
        True,
        "AP",
        elimination_group="receivables_payables",
    ),
    GroupAccount(
        "220000", "Deferred revenue", "liability", "Deferred revenue", "credit", control_account="deferred_revenue"
    ),
    GroupAccount("230000", "Output tax", "liability", "Other current liabilities", "credit"),
    GroupAccount("240000", "Accrued expenses", "liability", "Accrued liabilities", "credit"),
    GroupAccount("241000", "Payroll liabilities", "liability", "Accrued liabilities", "credit"),
    GroupAccount("242000", "Provisions", "liability", "Provisions", "credit"),
    GroupAccount("245000", "Income tax payable", "liability", "Income tax payable", "credit"),
    GroupAccount("250000", "Bank loans", "liability", "Borrowings", "credit"),
    GroupAccount(
        "260000",
        "Loans from affiliates",
        "liability",
        "Loans from affiliates",
        "credit",
        True,
        elimination_group="loans",
    ),
    GroupAccount("310000", "Share capital", "equity", "Share capital", "credit"),
    GroupAccount("320000", "Retained earnings", "equity", "Retained earnings", "credit"),
    GroupAccount("410000", "Machine revenue", "income", "Revenue", "credit"),
    GroupAccount("411000", "Service contract revenue", "income", "Revenue", "credit"),
    GroupAccount("412000", "Cloud subscription revenue", "income", "Revenue", "credit"),
    GroupAccount("413000", "Usage revenue", "income", "Revenue", "credit"),
    GroupAccount("414000", "Revenue deductions", "income", "Revenue", "debit"),
    GroupAccount(
        "420000",
        "Revenue from affiliates",
        "income",
        "Revenue from affiliates",
        "credit",
        True,
        elimination_group="revenue_cost",
    ),
    GroupAccount("510000", "Cost of machines sold", "expense", "Cost of sales", "debit"),
    GroupAccount(
        "511000",
        "Cost of sales from affiliates",
        "expense",
        "Cost of sales from affiliates",
        "debit",
        True,
        elimination_group="revenue_cost",
    ),
    GroupAccount("520000", "Wages and salaries", "expense", "Personnel expense", "debit"),
    GroupAccount("521000", "Social security", "expense", "Personnel expense", "debit"),
    GroupAccount("530000", "Depreciation", "expense", "Depreciation", "debit"),
    GroupAccount("540000", "Rent", "expense", "Other operating expense", "debit"),
    GroupAccount("541000", "Travel", "expense", "Other operating expense", "debit"),
    GroupAccount("542000", "Marketing", "expense", "Other operating expense", "debit"),
    GroupAccount("543000", "Professional services", "expense", "Other operating expense", "debit"),
    GroupAccount("544000", "Utilities", "expense", "Other operating expense", "debit"),
    GroupAccount("545000", "Payment processing fees", "expense", "Other operating expense", "debit"),
    GroupAccount("546000", "Bad debt", "expense", "Other operating expense", "debit"),
    GroupAccount("547000", "Warranty", "expense", "Other operating expense", "debit"),
    GroupAccount("550000", "Rounding differences", "expense", "Financial result", "debit"),
    GroupAccount("551000", "Exchange differences", "expense", "Financial result", "debit"),
    GroupAccount("560000", "Interest expense", "expense", "Financial result", "debit"),
    GroupAccount(
        "561000",
        "Interest expense to affiliates",
        "expense",
        "Interest to affiliates",
        "debit",
        True,
        elimination_group="interest",
    ),
    GroupAccount(
        "562000",
        "Interest income from affiliates",
        "income",
        "Interest from affiliates",
        "credit",
        True,
        elimination_group="interest",
    ),
    GroupAccount("570000", "Income tax", "expense", "Income tax", "debit"),
)
GROUP_ACCOUNT = {account.code: account for account in GROUP_ACCOUNTS}
STATEMENT_LINES = list(dict.fromkeys(account.statement_line for account in GROUP_ACCOUNTS))

# Key used in the simulation, group account, name in the entities' charts. Several may lead to one group account.
_ACCOUNTS = (
    ("BANK", "110000", "Bank, operating account"),
    ("BANK_PAYROLL", "110000", "Bank, payroll account"),
    ("STRIPE_CLEARING", "110500", "Stripe clearing"),
    ("AR_TRADE", "120000", "Trade receivables"),
    ("AR_AFFILIATES", "121000", "Receivables from affiliates"),
    ("UNBILLED", "122000", "Unbilled receivables"),
    ("INPUT_TAX", "123000", "Input tax"),
    ("INVENTORY", "130000", "Finished machines and parts"),
    ("PLANT", "150000", "Plant and machinery"),
    ("IT_EQUIPMENT", "150000", "IT equipment"),
    ("DEPRECIATION_PLANT", "151000", "Accumulated depreciation, plant"),
    ("DEPRECIATION_IT", "151000", "Accumulated depreciation, IT"),
    ("LOANS_TO_AFFILIATES", "160000", "Loans to affiliates"),
    ("INVESTMENTS", "170000", "Investments in subsidiaries"),
    ("AP_TRADE", "210000", "Trade payables"),
    ("GOODS_RECEIVED", "211000", "Goods received / invoice received"),
    ("AP_AFFILIATES", "212000", "Payables to affiliates"),
    ("DEFERRED_REVENUE", "220000", "Deferred revenue"),
    ("OUTPUT_TAX", "230000", "Output tax"),
    ("ACCRUED", "240000", "Accrued expenses"),
    ("PAYROLL_LIABILITY", "241000", "Payroll liabilities"),
    ("PROVISIONS", "242000", "Warranty and other provisions"),
    ("TAX_PAYABLE", "245000", "Income tax payable"),
    ("BANK_LOAN", "250000", "Bank loan"),
    ("LOANS_FROM_AFFILIATES", "260000", "Loans from affiliates"),
    ("SHARE_CAPITAL", "310000", "Share capital"),
    ("RETAINED_EARNINGS", "320000", "Retained earnings"),
    ("MACHINE_REVENUE", "410000", "Revenue, machines"),
    ("PARTS_REVENUE", "410000", "Revenue, spare parts"),
    ("SERVICE_REVENUE", "411000", "Revenue, service contracts"),
    ("CLOUD_REVENUE", "412000", "Revenue, cloud subscriptions"),
    ("USAGE_REVENUE", "413000", "Revenue, usage"),
    ("DEDUCTIONS", "414000", "Credit notes granted"),
    ("AFFILIATE_REVENUE", "420000", "Revenue from affiliates"),
    ("COST_OF_SALES", "510000", "Cost of machines sold"),
    ("AFFILIATE_COST", "511000", "Cost of sales from affiliates"),
    ("WAGES", "520000", "Wages and salaries"),
    ("SOCIAL", "521000", "Social security"),
    ("DEPRECIATION", "530000", "Depreciation"),
    ("RENT", "540000", "Rent"),
    ("TRAVEL_FARES", "541000", "Travel, fares"),
    ("TRAVEL_HOTELS", "541000", "Travel, hotels"),
    ("MARKETING", "542000", "Marketing"),
    ("PROFESSIONAL", "543000", "Professional services"),
    ("UTILITIES", "544000", "Utilities"),
    ("FEES", "545000", "Payment processing fees"),
    ("BAD_DEBT", "546000", "Bad debt"),
    ("WARRANTY", "547000", "Warranty"),
    ("ROUNDING", "550000", "Rounding differences"),
    ("EXCHANGE", "551000", "Exchange differences"),
    ("INTEREST", "560000", "Interest on bank loans"),
    ("AFFILIATE_INTEREST", "561000", "Interest to affiliates"),
    ("AFFILIATE_INTEREST_INCOME", "562000", "Interest from affiliates"),
    ("INCOME_TAX", "570000", "Income tax"),
    # In no mapping: only the error `missing_account_mapping` posts to it.
    ("UNMAPPED", None, "Sundry expenses (opened locally)"),
)
ACCOUNT = {key: position for position, (key, _, _) in enumerate(_ACCOUNTS)}
ACCOUNT_NAMES = [name for _, _, name in _ACCOUNTS]
GROUP_CODE_OF_ACCOUNT = [group_code for _, group_code, _ in _ACCOUNTS]
IS_BALANCE_SHEET = [code is not None and GROUP_ACCOUNT[code].is_balance_sheet for code in GROUP_CODE_OF_ACCOUNT]
UNMAPPED_ACCOUNT = ACCOUNT["UNMAPPED"]


def _numbers(chart: str) -> list[str]:
    """The ten-digit account numbers of one chart, in the order of _ACCOUNTS; each region numbers in its own way."""
    numbers = []
    seen: dict[str, int] = {}
    for _, group_code, _ in _ACCOUNTS:
        code = group_code or "549000"
        seen[code] = seen.get(code, -1) + 1
        number = {
            "CAEU": f"{code}{seen[code]:02d}",
            "CAUS": f"{int(code) // 100 + seen[code]}",
            "CAAP": f"{int(code) + 1_000_000 + 10 * seen[code]}",
        }[chart]
        numbers.append(number.zfill(10))
    return numbers


ACCOUNT_NUMBERS = {chart: _numbers(chart) for chart in CHARTS}
