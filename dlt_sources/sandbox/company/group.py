"""Who the company is: entities, currencies, cost centres, territories, and who owns which kind of difference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlt_sources.sandbox.company.days import NEVER, day

GROUP_CURRENCY = "EUR"
SAP, CRM, BILLING, PLANNING, RATES = "sap_group", "crm_group", "billing_group", "planning_group", "ecb"
PROCUREMENT = "procurement_group"
CONTROLLING_AREA = "A000"


@dataclass(frozen=True)
class Entity:
    """A legal entity, with its share of a tax on domestic sales in per mille."""

    code: str
    name: str
    city: str
    country: str
    currency: str
    chart: str
    starts_in_april: bool
    tax_per_mille: int
    vat_number: str


ENTITIES = (
    Entity("1010", "Meridian Maschinen AG", "Stuttgart", "DE", "EUR", "CAEU", False, 190, "DE811204417"),
    Entity("1020", "Meridian France SAS", "Lyon", "FR", "EUR", "CAEU", False, 200, "FR38552081317"),
    Entity("1030", "Meridian UK Ltd", "Coventry", "GB", "GBP", "CAEU", False, 200, "GB731204419"),
    Entity("2010", "Meridian Machines Inc", "Cincinnati", "US", "USD", "CAUS", False, 0, "US310917442"),
    Entity("2020", "Meridian Canada Ltd", "Mississauga", "CA", "CAD", "CAUS", False, 50, "CA884410227"),
    Entity("3010", "Meridian Japan KK", "Nagoya", "JP", "JPY", "CAAP", True, 100, "JP7180001054418"),
    Entity("3020", "Meridian Singapore Pte", "Singapore", "SG", "SGD", "CAAP", False, 90, "SG201204418K"),
)
ENTITY_CODES = [entity.code for entity in ENTITIES]
PARENT = 0
SINGAPORE = ENTITY_CODES.index("3020")

# Amounts are whole minor units; the yen has none.
CURRENCIES = ("EUR", "USD", "GBP", "CAD", "JPY", "SGD", "CHF", "AUD")
CURRENCY = {code: position for position, code in enumerate(CURRENCIES)}
MINOR_UNITS = np.array([0 if code == "JPY" else 2 for code in CURRENCIES])
# What one euro buys, roughly: for price lists, never for conversion.
PRICE_LEVEL = np.array([1.0, 1.1, 0.86, 1.5, 165.0, 1.45, 0.95, 1.65])

LOCAL_CURRENCY = np.array([CURRENCY[entity.currency] for entity in ENTITIES])
STARTS_IN_APRIL = np.array([entity.starts_in_april for entity in ENTITIES])
TAX_PER_MILLE = np.array([entity.tax_per_mille for entity in ENTITIES])


@dataclass(frozen=True)
class CostCentre:
    """A cost centre of one entity; `closes` is the last day one may post to it."""

    entity: int
    number: str
    name: str
    department: str
    group_code: str
    is_service: bool
    closes: int = NEVER


# (suffix, name, group cost centre, works for the service business)
_FUNCTIONS = (
    ("10", "Production", "PRODUCTION", False),
    ("20", "Sales", "SALES", False),
    ("30", "Field Service", "SERVICE", True),
    ("40", "Cloud Operations", "SERVICE", True),
    ("50", "Finance", "ADMIN", False),
    ("60", "Human Resources", "ADMIN", False),
    ("70", "Marketing", "MARKETING", False),
)
PRODUCTION, SALES, FIELD_SERVICE, CLOUD_OPERATIONS, FINANCE, HUMAN_RESOURCES, MARKETING = range(7)
_CLOSED_ON = day("2025-06-30")
COST_CENTRES = tuple(
    CostCentre(position, f"{entity.code}{suffix}", name, name.upper().replace(" ", "_")[:12], group_code, is_service)
    for position, entity in enumerate(ENTITIES)
    for suffix, name, group_code, is_service in _FUNCTIONS
) + tuple(
    # The logistics department was merged into production in the middle of 2025.
    CostCentre(position, f"{entity.code}90", "Logistics", "LOGISTICS", "PRODUCTION", False, _CLOSED_ON)
    for position, entity in enumerate(ENTITIES)
)
COST_CENTRE_NUMBERS = [f"{int(centre.number):010d}" for centre in COST_CENTRES]
LOGISTICS_CLOSES = _CLOSED_ON


def cost_centre(entity: np.ndarray | int, function: np.ndarray | int) -> np.ndarray:
    """The position of an entity's cost centre for a function."""
    return np.asarray(entity) * len(_FUNCTIONS) + function


def logistics(entity: np.ndarray | int) -> np.ndarray:
    """The position of an entity's logistics cost centre, open until the middle of 2025."""
    return len(ENTITIES) * len(_FUNCTIONS) + np.asarray(entity)


COST_CENTRE_IS_SERVICE = np.array([centre.is_service for centre in COST_CENTRES])

# Two lines of business; each entity has a profit centre for both.
MACHINES, SERVICES = 0, 1
SEGMENTS = ("MACHINES", "SERVICES")
PROFIT_CENTRES = [f"PC{entity.code}{segment[0]}" for entity in ENTITIES for segment in SEGMENTS]

# Territory developer name, name, parent, entity; leaves belong to one entity.
TERRITORIES = (
    ("WORLD", "World", None, None),
    ("EMEA", "Europe, Middle East, Africa", "WORLD", None),
    ("AMER", "Americas", "WORLD", None),
    ("APAC", "Asia Pacific", "WORLD", None),
    ("EMEA_CENTRAL", "Central Europe", "EMEA", "1010"),
    ("EMEA_SOUTH", "France and Southern Europe", "EMEA", "1020"),
    ("EMEA_NORTH", "United Kingdom and Ireland", "EMEA", "1030"),
    ("AMER_US", "United States and Latin America", "AMER", "2010"),
    ("AMER_CA", "Canada", "AMER", "2020"),
    ("APAC_JP", "Japan and Korea", "APAC", "3010"),
    ("APAC_SEA", "South-East Asia and Oceania", "APAC", "3020"),
)
TERRITORY_OF_ENTITY = np.array(
    [next(i for i, territory in enumerate(TERRITORIES) if territory[3] == code) for code in ENTITY_CODES]
)

SALESPEOPLE = (
    "Anna Keller",
    "Lukas Brandt",
    "Sophie Martin",
    "Julien Moreau",
    "Oliver Bennett",
    "Grace Turner",
    "Emily Carter",
    "Michael Reyes",
    "Chloe Tremblay",
    "Noah Singh",
    "Haruka Tanaka",
    "Kenji Sato",
    "Mei Lin Tan",
    "Arjun Rao",
)
# Who forecasts for the territories above the leaves, by developer name.
SALES_MANAGERS = {
    "WORLD": "Ingrid Vogel",
    "EMEA": "Pieter de Wit",
    "AMER": "Dana Whitfield",
    "APAC": "Siti Rahman",
}


@dataclass(frozen=True)
class Stage:
    """An opportunity stage with the CRM's own forecast category and the governed one per record type."""

    name: str
    probability: int
    crm_category: str
    crm_category_name: str
    is_closed: bool
    is_won: bool
    # Governed category and probability for (machines, subscriptions).
    governed: tuple[tuple[str, int], tuple[str, int]]


STAGES = (
    Stage("Prospecting", 10, "Pipeline", "Pipeline", False, False, (("pipeline", 10), ("pipeline", 10))),
    Stage("Qualification", 25, "Pipeline", "Pipeline", False, False, (("pipeline", 20), ("pipeline", 25))),
    Stage("Proposal", 50, "BestCase", "Best Case", False, False, (("best_case", 45), ("best_case", 55))),
    Stage("Negotiation", 75, "Forecast", "Commit", False, False, (("commit", 70), ("commit", 85))),
    Stage("Closed Won", 100, "Closed", "Closed", True, True, (("closed", 100), ("closed", 100))),
    Stage("Closed Lost", 0, "Omitted", "Omitted", True, False, (("omitted", 0), ("omitted", 0))),
)
PROSPECTING, QUALIFICATION, PROPOSAL, NEGOTIATION, WON, LOST = range(6)
# Stages that somebody added in the CRM without asking: only the error `unknown_stage` uses them.
UNKNOWN_STAGES = ("Security Review", "Procurement Hold")
RECORD_TYPES = ("Machine", "Subscription")

# Who works a difference: (exception type, entity code or *) → owner. The first exact entity wins over *.
OWNERS = (
    ("unmapped_account", "*", "group-accounting@meridian.example"),
    ("unmapped_account", "2010", "accounting-us@meridian.example"),
    ("unmapped_product", "*", "product-master@meridian.example"),
    ("unmapped_stage", "*", "sales-operations@meridian.example"),
    ("unmapped_territory", "*", "sales-operations@meridian.example"),
    ("unmapped_cost_centre", "*", "group-accounting@meridian.example"),
    ("duplicate_contract", "*", "contract-desk@meridian.example"),
    ("invoice_not_posted", "*", "billing-operations@meridian.example"),
    ("invoice_not_posted", "1010", "billing-de@meridian.example"),
    ("invoice_not_posted", "2010", "billing-us@meridian.example"),
    ("invoice_posted_twice", "*", "accounts-receivable@meridian.example"),
    ("invoice_posted_twice", "2010", "accounts-receivable-us@meridian.example"),
    ("invoice_amount_difference", "*", "billing-operations@meridian.example"),
    ("invoice_currency_difference", "*", "billing-operations@meridian.example"),
    ("invoice_posted_late", "*", "billing-operations@meridian.example"),
    ("invoice_posted_in_later_period", "*", "closing-team@meridian.example"),
    ("posting_without_invoice", "*", "accounts-receivable@meridian.example"),
    ("usage_amount_difference", "*", "revenue-assurance@meridian.example"),
    ("subscription_without_contract", "*", "contract-desk@meridian.example"),
    ("usage_not_billed", "*", "revenue-assurance@meridian.example"),
    ("deferred_revenue_difference", "*", "revenue-accounting@meridian.example"),
    ("unmatched_customer", "*", "customer-master@meridian.example"),
    ("customer_hierarchy_conflict", "*", "customer-master@meridian.example"),
    ("customer_hierarchy_cycle", "*", "customer-master@meridian.example"),
    ("possible_same_customer", "*", "customer-master@meridian.example"),
    ("doubtful_customer_match", "*", "customer-master@meridian.example"),
    ("missing_fx_rate", "*", "group-treasury@meridian.example"),
    ("closed_cost_centre", "*", "controlling@meridian.example"),
    ("closed_cost_centre", "3010", "controlling-jp@meridian.example"),
    ("ledger_incomplete", "*", "platform-operations@meridian.example"),
    ("subledger_difference", "*", "group-accounting@meridian.example"),
    ("contract_not_billed", "*", "revenue-assurance@meridian.example"),
    ("contract_value_difference", "*", "contract-desk@meridian.example"),
    ("plan_incomplete", "*", "platform-operations@meridian.example"),
    ("plan_member_unknown", "*", "planning@meridian.example"),
    ("payment_short", "*", "accounts-receivable@meridian.example"),
    ("payment_over", "*", "accounts-receivable@meridian.example"),
    ("payment_not_applied", "*", "accounts-receivable@meridian.example"),
    ("payout_not_received", "*", "group-treasury@meridian.example"),
    ("payout_amount_difference", "*", "group-treasury@meridian.example"),
    ("payout_received_on_other_day", "*", "group-treasury@meridian.example"),
    ("receipt_without_payout", "*", "group-treasury@meridian.example"),
    ("bank_line_not_posted", "*", "cash-accounting@meridian.example"),
    ("bank_line_not_posted", "2010", "cash-accounting-us@meridian.example"),
    ("cash_posting_not_at_bank", "*", "cash-accounting@meridian.example"),
    ("cash_posting_not_at_bank", "2010", "cash-accounting-us@meridian.example"),
    ("cash_posted_twice", "*", "cash-accounting@meridian.example"),
    ("bank_amount_difference", "*", "cash-accounting@meridian.example"),
    ("bank_amount_difference", "2010", "cash-accounting-us@meridian.example"),
    ("bank_statement_missing", "*", "group-treasury@meridian.example"),
    ("unmapped_bank_account", "*", "group-treasury@meridian.example"),
    ("payroll_not_posted", "*", "payroll-accounting@meridian.example"),
    ("payroll_amount_difference", "*", "payroll-accounting@meridian.example"),
    ("payroll_posted_in_other_period", "*", "payroll-accounting@meridian.example"),
    ("payroll_posting_without_run", "*", "payroll-accounting@meridian.example"),
    ("payroll_posted_twice", "*", "payroll-accounting@meridian.example"),
    ("received_not_invoiced", "*", "purchasing@meridian.example"),
    ("invoiced_not_received", "*", "goods-receiving@meridian.example"),
    ("invoiced_above_received", "*", "goods-receiving@meridian.example"),
    ("purchase_price_difference", "*", "purchasing@meridian.example"),
    ("purchase_price_difference", "2010", "purchasing-us@meridian.example"),
    ("supplier_invoice_not_posted", "*", "accounts-payable@meridian.example"),
    ("supplier_invoice_not_posted", "2010", "accounts-payable-us@meridian.example"),
    ("supplier_invoice_posted_twice", "*", "accounts-payable@meridian.example"),
    ("supplier_invoice_amount_difference", "*", "accounts-payable@meridian.example"),
    ("payable_without_invoice", "*", "accounts-payable@meridian.example"),
    ("open_receipts_difference", "*", "accounts-payable@meridian.example"),
    ("cut_over_difference", "*", "group-accounting@meridian.example"),
    ("intercompany_not_posted", "*", "intercompany@meridian.example"),
    ("intercompany_not_posted", "2010", "intercompany-us@meridian.example"),
    ("intercompany_amount_difference", "*", "intercompany@meridian.example"),
    ("intercompany_currency_difference", "*", "intercompany@meridian.example"),
    ("intercompany_in_other_period", "*", "closing-team@meridian.example"),
    ("order_not_in_erp", "*", "order-desk@meridian.example"),
    ("order_not_in_crm", "*", "sales-operations@meridian.example"),
    ("order_value_difference", "*", "order-desk@meridian.example"),
    ("order_entered_twice", "*", "order-desk@meridian.example"),
    ("rejected_row", "*", "platform-operations@meridian.example"),
    ("mapping_not_used", "*", "group-accounting@meridian.example"),
    ("mapping_rewritten", "*", "group-accounting@meridian.example"),
    ("event_contradicted", "*", "platform-operations@meridian.example"),
    ("event_not_read", "*", "platform-operations@meridian.example"),
    ("signed_period_changed", "*", "closing-team@meridian.example"),
    ("source_too_old", "*", "platform-operations@meridian.example"),
    ("document_contradiction", "*", "platform-operations@meridian.example"),
    ("unknown_member", "*", "customer-master@meridian.example"),
)


def owner_of(exception_type: str, entity_code: str | None) -> str:
    """Who works this kind of difference in this entity."""
    routes = {(kind, entity): owner for kind, entity, owner in OWNERS}
    return routes.get((exception_type, entity_code or "*"), routes[exception_type, "*"])


# Days after which a missing counterpart is no longer a matter of time (a posting run may miss a night or two).
POSTING_WINDOW_DAYS = 3
# The same for a payment that waits to be applied to its invoice.
APPLICATION_WINDOW_DAYS = 5
# The same for the other of a receipt and its invoice, and for the posting of an invoice after its date.
INVOICE_WINDOW_DAYS, PAYABLE_WINDOW_DAYS = 31, 10
# And for the books of an affiliate to say what its partner's say.
AFFILIATE_WINDOW_DAYS = 5
# And for an order of the CRM to be entered in the ERP.
ORDER_WINDOW_DAYS = 5
