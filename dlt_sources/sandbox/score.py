"""Compares a published warehouse with the truth of the company and with the answer key of its labelled errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from dlt_sources.sandbox.company.books import LEADING_LEDGERS
from dlt_sources.sandbox.company.world import Snapshot

# How many differences a report shows of each kind of figure.
DIFFERENCES_SHOWN = 10


@dataclass(frozen=True)
class Figures:
    """One kind of figure: where the truth has it, where the warehouse publishes it, and what must be equal.

    Both queries return `keys` and then `values`; a key that only one side has is off in every value that is not 0.
    """

    name: str
    truth: str
    published: str
    keys: tuple[str, ...]
    values: tuple[str, ...]


# The company file says whether its banks and payroll offices are connected; what is not has no figures.
_IS_CONNECTED = "source_instance in (select source_instance from control.source_status)"
FIGURES = (
    Figures(
        name="trial balance",
        truth=f"""
            select source_entity_id as entity, ledger, fiscal_year, fiscal_period, chart,
                ltrim(source_account_id, '0') as account, opening, debits, credits, closing
            from truth.trial_balances
            where ledger in ('{"', '".join(LEADING_LEDGERS)}')
        """,
        published="""
            select source_entity_id, ledger_code, fiscal_year, fiscal_period, chart_code, source_account_id,
                amount_opening_local, amount_debit_local, amount_credit_local, amount_closing_local
            from canonical.fct_trial_balances
        """,
        keys=("entity", "ledger", "fiscal_year", "fiscal_period", "chart", "account"),
        values=("opening", "debits", "credits", "closing"),
    ),
    *(
        Figures(
            name=f"open {side} items",
            truth=f"""
                select open_on, source_entity_id as entity, source_counterparty_id as counterparty, fiscal_year,
                    document_number as document, line_number as line, source_account_id as account,
                    transaction_currency as currency, amount_transaction, amount_local
                from truth.{subledger}_open_items
            """,
            # On every day that the truth knows: the month ends of the past, and today.
            published=f"""
                select days.open_on, items.source_entity_id, items.source_counterparty_id, items.fiscal_year,
                    items.document_number, items.line_number, items.source_account_id, items.transaction_currency,
                    items.amount_transaction, items.amount_local
                from canonical.fct_{subledger}_items as items
                inner join (select distinct open_on from truth.{subledger}_open_items) as days
                    on items.open_from_date <= days.open_on and days.open_on < items.open_until
            """,
            keys=("open_on", "entity", "counterparty", "fiscal_year", "document", "line", "account", "currency"),
            values=("amount_transaction", "amount_local"),
        )
        for subledger, side in (("ar", "receivable"), ("ap", "payable"))
    ),
    *(
        Figures(
            name=f"open {side} balances",
            truth=f"""
                select open_on, source_entity_id as entity, source_account_id as account,
                    transaction_currency as currency, sum(amount_transaction), sum(amount_local)
                from truth.{subledger}_open_items
                group by all
            """,
            published=f"""
                select open_on, entity_code, source_account_id, transaction_currency, sum(amount_transaction),
                    sum(amount_local)
                from canonical.fct_{subledger}_open_balances
                group by all
            """,
            keys=("open_on", "entity", "account", "currency"),
            values=("amount_transaction", "amount_local"),
        )
        for subledger, side in (("ar", "receivable"), ("ap", "payable"))
    ),
    Figures(
        name="MRR movements",
        truth="""
            select month, source_customer_id as customer, transaction_currency as currency, movement_type, amount
            from truth.mrr_movements
        """,
        published="""
            -- A customer may stand twice in billing: it goes by the record that the truth bills.
            with records as (
                select customer_id, coalesce(
                    min(source_customer_id) filter (
                        where source_customer_id in (select source_customer_id from truth.mrr_movements)
                    ),
                    min(source_customer_id)
                ) as source_customer_id
                from canonical.customer_crosswalk
                where source_role = 'billing' and not is_deleted
                group by customer_id
            )

            select movements.calendar_month, records.source_customer_id, movements.transaction_currency,
                movements.movement_type, movements.amount_transaction
            from canonical.fct_mrr_movements as movements
            inner join records on movements.customer_id = records.customer_id
            where movements.movement_type <> 'fx'
        """,
        keys=("month", "customer", "currency", "movement_type"),
        values=("amount",),
    ),
    Figures(
        name="deferred revenue",
        truth="""
            select month_end, source_entity_id as entity, transaction_currency as currency, amount
            from truth.deferred_revenue
        """,
        published="""
            select month_end_date, entity_code, transaction_currency, amount_closing_transaction
            from canonical.fct_deferred_revenue
        """,
        keys=("month_end", "entity", "currency"),
        values=("amount",),
    ),
    Figures(
        name="pipeline per day",
        truth="""
            select date as day, record_type, stage_name, forecast_category as category,
                transaction_currency as currency, amount, opportunities
            from truth.pipeline_daily
        """,
        published="""
            select days.day, history.record_type, history.stage_name,
                case when history.is_stage_mapped then history.forecast_category else 'unmapped' end,
                history.transaction_currency, sum(history.amount_transaction), count(*)
            from canonical.fct_opportunity_history as history
            inner join (select distinct date as day from truth.pipeline_daily) as days
                on history.valid_from_date <= days.day and days.day < history.valid_to_date
            group by all
        """,
        keys=("day", "record_type", "stage_name", "category", "currency"),
        values=("amount", "opportunities"),
    ),
    Figures(
        name="bookings",
        truth="""
            select opportunity_number, booking_date, source_entity_id as entity, product_code as product,
                transaction_currency as currency, sum(tcv) as tcv, sum(acv) as acv
            from truth.bookings
            group by all
        """,
        published="""
            select opportunity_number, booking_date, entity_code, product_code, transaction_currency,
                sum(amount_tcv_transaction), sum(amount_acv_transaction)
            from canonical.fct_bookings
            group by all
        """,
        keys=("opportunity_number", "booking_date", "entity", "product", "currency"),
        values=("tcv", "acv"),
    ),
    Figures(
        name="sales quotas",
        truth="""
            select forecast_type_name as forecast_type, holder_name as holder, month,
                transaction_currency as currency, amount
            from truth.quotas
        """,
        published="""
            select forecast_type_name, holder_name, calendar_month, transaction_currency, amount_transaction
            from canonical.fct_sales_quotas
            where is_forecast_type_active
        """,
        keys=("forecast_type", "holder", "month", "currency"),
        values=("amount",),
    ),
    Figures(
        name="quota attainment",
        truth="""
            select forecast_type_name as forecast_type, holder_name as holder, month, quota, bookings,
                bookings_constant
            from truth.quota_attainment
        """,
        published="""
            select forecast_type_name, holder_name, period_start_date, amount_quota_group, amount_bookings_group,
                amount_bookings_constant_group
            from marts.mart_forecast__quota_attainment
        """,
        keys=("forecast_type", "holder", "month"),
        values=("quota", "bookings", "bookings_constant"),
    ),
    Figures(
        name="CRM forecast",
        truth="""
            select holder_name as holder, month, forecast_category as category, transaction_currency as currency, amount
            from truth.crm_forecast
        """,
        published="""
            select holder_name, period_start_date, forecast_category, transaction_currency,
                sum(amount_own_transaction)
            from canonical.fct_crm_forecast_items
            where is_forecast_type_active and not is_cumulative
            group by all
        """,
        keys=("holder", "month", "category", "currency"),
        values=("amount",),
    ),
    Figures(
        name="plan lines",
        truth="""
            select version_name as version, source_entity_id as entity, group_account_code as account,
                source_cost_centre_id as cost_centre, product_family_code as family, month,
                transaction_currency as currency, amount
            from truth.plan_lines
        """,
        published="""
            select version_name, source_entity_id, group_account_code, source_cost_centre_id, product_family_code,
                period_start_date, transaction_currency, amount_source
            from canonical.fct_plan_lines
        """,
        keys=("version", "entity", "account", "cost_centre", "family", "month", "currency"),
        values=("amount",),
    ),
    Figures(
        name="bank balances",
        truth=f"""
            select source_bank_account_id as account, source_entity_id as entity, currency, balance
            from truth.bank_balances
            where {_IS_CONNECTED}
        """,
        published="""
            select source_bank_account_id, entity_code, account_currency, amount_closing
            from canonical.fct_bank_statements
            where is_latest
        """,
        keys=("account", "entity", "currency"),
        values=("balance",),
    ),
    Figures(
        name="payroll costs",
        truth=f"""
            select source_entity_id as entity, month, source_cost_centre_id as cost_centre,
                source_account_id as account, currency, sum(amount) as amount
            from truth.payroll_costs
            where {_IS_CONNECTED}
            group by all
        """,
        published="""
            select entity_code, period_month, source_cost_centre_id, source_account_id, local_currency,
                sum(amount_local)
            from canonical.fct_payroll_register
            where is_employer_cost
            group by all
        """,
        keys=("entity", "month", "cost_centre", "account", "currency"),
        values=("amount",),
    ),
    Figures(
        name="purchase order lines",
        truth=f"""
            select source_instance, purchase_order, line_number, source_entity_id as entity, currency, ordered,
                received, invoiced, paid
            from truth.purchase_order_lines
            where {_IS_CONNECTED}
        """,
        published="""
            select source_instance, source_order_id, line_number, entity_code, transaction_currency,
                amount_ordered_transaction, amount_received_transaction, amount_invoiced_transaction,
                amount_paid_transaction
            from marts.mart_working_capital__purchase_order_lines
        """,
        keys=("source_instance", "purchase_order", "line_number", "entity", "currency"),
        values=("ordered", "received", "invoiced", "paid"),
    ),
)


def score(published: Path, snapshot: Snapshot) -> dict[str, Any]:
    """Return how the published warehouse stands against the truth and the labels of `snapshot`.

    `figures` and `figures_off` count compared values, with the kinds in `figure_kinds`; `classes` has seeded, found,
    false, recall and precision per error class, and how many of the found have the right cause, owner and amount. An
    exception that no label asks for is false in its class, or in a class named after its type.
    """
    with duckdb.connect() as connection:
        connection.execute(f"attach '{str(published).replace(chr(39), chr(39) * 2)}' as published (read_only)")
        connection.execute("use published")
        kinds = [_compared(connection, figures, snapshot.truth) for figures in FIGURES]
        classes = _classes(connection, snapshot.labels)
    found, false = (sum(row[name] for row in classes) for name in ("found", "false"))
    seeded = sum(row["seeded"] for row in classes)
    return {
        "as_of": snapshot.as_of.isoformat(),
        "figures": sum(kind["figures"] for kind in kinds),
        "figures_off": sum(kind["figures_off"] for kind in kinds),
        "figure_kinds": kinds,
        "classes": classes,
        **_rates(seeded, found, false),
    }


def figures_off(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> list[dict[str, Any]]:
    """Return the kinds of figures that are not all as the truth has them, in a warehouse that is open."""
    return [kind for figures in FIGURES if (kind := _compared(connection, figures, snapshot.truth))["figures_off"]]


def _compared(connection: duckdb.DuckDBPyConnection, figures: Figures, truth: Mapping[str, pa.Table]) -> dict[str, Any]:
    for name in truth:
        if f"truth.{name}" in figures.truth:
            connection.register(f"truth_{name}", truth[name])
    columns = ", ".join((*figures.keys, *figures.values))
    sides = f"""
        with truth_side ({columns}) as ({figures.truth.replace("truth.", "truth_")}),
        published_side ({columns}) as ({figures.published.replace("truth.", "truth_")})
    """
    same_key = " and ".join(f"truth_side.{key} is not distinct from published_side.{key}" for key in figures.keys)
    off = " + ".join(
        f"(coalesce(truth_side.{value}, 0) <> coalesce(published_side.{value}, 0))::integer" for value in figures.values
    )
    keys = ", ".join(f"coalesce(truth_side.{key}, published_side.{key}) as {key}" for key in figures.keys)
    values = ", ".join(
        f"truth_side.{value} as {value}_truth, published_side.{value} as {value}_published" for value in figures.values
    )
    joined = f"{sides} select {keys}, {values}, {off} as off from truth_side full join published_side on {same_key}"
    rows, off_values = connection.execute(f"select count(*), coalesce(sum(off), 0) from ({joined})").fetchone()
    result = connection.execute(
        f"select * exclude (off) from ({joined}) where off > 0 order by all limit {DIFFERENCES_SHOWN}"
    )
    names = [column[0] for column in result.description]
    return {
        "kind": figures.name,
        "figures": rows * len(figures.values),
        "figures_off": off_values,
        "differences": [dict(zip(names, row, strict=True)) for row in result.fetchall()],
    }


def _classes(connection: duckdb.DuckDBPyConnection, labels: pa.Table) -> list[dict[str, Any]]:
    """One row per error class; amount and cause are compared where the label states one, the owner always."""
    connection.register("labels", labels)
    rows = connection.execute(
        """
        with open_exceptions as (
            select * from control.exceptions where status not in ('cleared', 'resolved')
        ),
        causes as (
            select exception_type, natural_key, list(distinct cause) as causes
            from reconciliation.fct_reconciliations
            where exception_type is not null and cause is distinct from 'told_elsewhere'
            group by all
        ),
        class_of_type as (
            select exception_type, min(error_class) as error_class from labels group by exception_type
        ),
        compared as (
            select
                coalesce(labels.error_class, class_of_type.error_class, open_exceptions.type) as class,
                labels.natural_key is not null as is_seeded,
                open_exceptions.natural_key is not null as is_reported,
                open_exceptions.owner = labels.owner as is_owner_right,
                labels.cause is null or coalesce(causes.causes = [labels.cause], false) as is_cause_right,
                labels.amount_transaction is null
                or (
                    open_exceptions.amount_transaction = labels.amount_transaction
                    and open_exceptions.transaction_currency = labels.transaction_currency
                ) as is_amount_right,
                coalesce(open_exceptions.natural_key, labels.natural_key) as natural_key
            from labels
            full join open_exceptions
                on labels.exception_type = open_exceptions.type and labels.natural_key = open_exceptions.natural_key
            left join causes
                on labels.exception_type = causes.exception_type and labels.natural_key = causes.natural_key
            left join class_of_type on open_exceptions.type = class_of_type.exception_type
        )
        select
            class,
            count(*) filter (where is_seeded) as seeded,
            count(*) filter (where is_seeded and is_reported) as found,
            count(*) filter (where not is_seeded) as false,
            count(*) filter (where is_seeded and is_reported and is_owner_right) as owner_right,
            count(*) filter (where is_seeded and is_reported and is_cause_right) as cause_right,
            count(*) filter (where is_seeded and is_reported and is_amount_right) as amount_right,
            coalesce(list(natural_key order by natural_key) filter (where is_seeded and not is_reported), []) as missed,
            coalesce(list(natural_key order by natural_key) filter (where not is_seeded), []) as unexpected
        from compared
        group by class
        order by class
        """
    )
    names = [column[0] for column in rows.description]
    classes = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
    for row in classes:
        row.update(_rates(row["seeded"], row["found"], row["false"]))
        row["missed"], row["unexpected"] = row["missed"][:DIFFERENCES_SHOWN], row["unexpected"][:DIFFERENCES_SHOWN]
    return classes


def _rates(seeded: int, found: int, false: int) -> dict[str, float | None]:
    """Recall and precision; null where there was nothing to find or nothing was reported."""
    return {
        "recall": round(found / seeded, 4) if seeded else None,
        "precision": round(found / (found + false), 4) if found + false else None,
    }
