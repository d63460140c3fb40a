"""The labelled errors: their names, the exceptions they must lead to, and how a record says that it has one."""

from __future__ import annotations

import numpy as np

from dlt_sources.sandbox.company.days import day

# Error class → exception type of the platform's work queue.
EXCEPTION_TYPES = {
    "missing_account_mapping": "unmapped_account",
    "missing_product_mapping": "unmapped_product",
    "duplicate_contract_id": "duplicate_contract",
    "unknown_stage": "unmapped_stage",
    "invoice_not_posted": "invoice_not_posted",
    "invoice_posted_twice": "invoice_posted_twice",
    "invoice_amount_differs": "invoice_amount_difference",
    "invoice_currency_differs": "invoice_currency_difference",
    "invoice_posted_one_day_late": "invoice_posted_late",
    "invoice_posted_one_period_late": "invoice_posted_in_later_period",
    "usage_not_billed": "usage_not_billed",
    "customer_name_variant": "possible_same_customer",
    "hierarchy_differs": "customer_hierarchy_conflict",
    "missing_fx_rate": "missing_fx_rate",
    "closed_cost_centre": "closed_cost_centre",
    "payment_not_applied": "payment_not_applied",
    "payout_not_received": "payout_not_received",
    "bank_amount_differs": "bank_amount_difference",
    "bank_charge_not_posted": "bank_line_not_posted",
    "payroll_posted_in_other_period": "payroll_posted_in_other_period",
    "receipt_never_invoiced": "received_not_invoiced",
    "receipt_never_entered": "invoiced_not_received",
    "receipt_below_invoice": "invoiced_above_received",
    "purchase_price_differs": "purchase_price_difference",
    "supplier_invoice_not_posted": "supplier_invoice_not_posted",
    "supplier_invoice_posted_twice": "supplier_invoice_posted_twice",
    "event_broken_off": "event_not_read",
    "event_contradicted": "event_contradicted",
    # Only where an entity has moved from one ERP to another.
    "cut_over_balance_differs": "cut_over_difference",
    "cut_over_item_forgotten": "cut_over_difference",
    "intercompany_not_posted": "intercompany_not_posted",
    "intercompany_amount_differs": "intercompany_amount_difference",
    "order_not_in_erp": "order_not_in_erp",
    "order_value_differs": "order_value_difference",
}
# Exception type → the cause that the reconciliation must name. A type of no reconciliation says its cause itself.
CAUSES = {
    "invoice_not_posted": "not_posted",
    "invoice_posted_twice": "posted_again",
    "invoice_amount_difference": "other_amount",
    "invoice_currency_difference": "other_currency",
    "invoice_posted_late": "posted_late",
    "invoice_posted_in_later_period": "posted_in_later_period",
    "duplicate_contract": "number_used_twice",
    "usage_not_billed": "not_invoiced",
    "payout_not_received": "not_received",
    "cash_posting_not_at_bank": "not_at_bank",
    "bank_amount_difference": "other_amount",
    "bank_line_not_posted": "not_posted",
    "payroll_posted_in_other_period": "posted_in_other_period",
    "payroll_not_posted": "not_posted",
    "received_not_invoiced": "not_invoiced",
    "invoiced_not_received": "not_received",
    "invoiced_above_received": "more_invoiced_than_received",
    "purchase_price_difference": "other_price",
    "supplier_invoice_not_posted": "not_posted",
    "supplier_invoice_posted_twice": "posted_again",
    "possible_same_customer": "possible_same_customer",
    "payment_not_applied": "not_applied",
    "intercompany_not_posted": "not_posted_by_debtor",
    "intercompany_amount_difference": "other_amount",
    "order_not_in_erp": "not_in_erp",
    "order_value_difference": "other_value",
}
ERROR_CLASSES = tuple(EXCEPTION_TYPES)
# Errors lie between these days, so that each is seen on the usual as-of date.
EARLIEST_ERROR, LATEST_ERROR = day("2024-10-14"), day("2026-08-24")
# A record carries the code of its error, 0 for none.
CODE = {name: position + 1 for position, name in enumerate(ERROR_CLASSES)}


class Switches:
    """Which error classes are on."""

    def __init__(self, names: frozenset[str]):
        if unknown := sorted(names - set(ERROR_CLASSES)):
            raise ValueError(f"unknown errors {', '.join(unknown)}; known are {', '.join(ERROR_CLASSES)}")
        self.names = names
        self._is_on = np.zeros(len(ERROR_CLASSES) + 1, dtype=bool)
        self._is_on[[CODE[name] for name in names]] = True

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def are_on(self, codes: np.ndarray) -> np.ndarray:
        """Whether the error of each record is on; false where a record has none."""
        return self._is_on[codes]


def switches(errors: str | set[str] | frozenset[str] | list[str] | None) -> Switches:
    """Switches from 'all', 'none' or a set of names; raises ValueError naming what is unknown."""
    if errors == "all":
        return Switches(frozenset(ERROR_CLASSES))
    if errors is None or errors == "none":
        return Switches(frozenset())
    return Switches(frozenset([errors] if isinstance(errors, str) else errors))


def handful(scale: float) -> int:
    """How many instances of an error the company of this scale has."""
    return max(2, round(4 * scale**0.5))


def picked(candidates: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    """Up to `count` of the candidates, in their order."""
    return np.sort(random.permutation(candidates)[:count])
