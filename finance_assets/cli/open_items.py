"""`finance open-items`: what was open on any past day, item by item or aged by its due date as of that day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from finance_assets.cli.commands import Day, choose_company, company_options, json_option

# Side → table of items, its counterparty, where that has its name, and the sign that makes what is owed positive.
_SIDES = {
    "ar": ("fct_ar_items", "customer", "dim_customers", 1),
    "ap": ("fct_ap_items", "supplier", "dim_suppliers", -1),
}
_DEBTS = {"ar": "Open customer items: owed to us > 0", "ap": "Open supplier items: owed by us > 0"}


@click.command("open-items")
@company_options
@click.option("--on", "day", type=Day(), required=True, help="The day that is asked for, as 2026-03-31.")
@click.option("--side", type=click.Choice(list(_SIDES), case_sensitive=False), help="Only receivables or payables.")
@click.option("--entity", "entity_code", help="Only this entity.")
@click.option("--items", "by_item", is_flag=True, help="Every item, not the sums per counterparty.")
@json_option
def open_items(
    company_file: Path | None,
    data_dir: Path | None,
    day: date,
    side: str | None,
    entity_code: str | None,
    by_item: bool,
    as_json: bool,
) -> None:
    """Show what was open on a past day, aged by what was due as of that day.

    An item is open from its posting date until the day before it was cleared, as the warehouse knows it now: what was
    posted or cleared later with an earlier posting date counts on its posting date (recorded_at of an item says when it
    was first seen). Amounts are in the entity's currency. An invoice that was paid in part and its payments are items
    side by side until all is cleared; what stands on the other side is in `unapplied`.

    \b
    Examples:
      finance open-items --on 2026-03-31
      finance open-items --on 2026-03-31 --side ar --entity 1010 --items
      finance query "from canonical.fct_ar_open_balances where open_on = '2026-03-31'"   month ends, in group currency
    """
    choose_company(company_file, data_dir)
    from finance_assets.cli.published import open_published
    from finance_assets.lib.publish import read_manifest
    from finance_assets.lib.settings import Settings

    settings = Settings.from_environment()
    sides = [side] if side else list(_SIDES)
    with open_published(settings) as connection:
        as_of = date.fromisoformat(read_manifest(settings.data_dir.published)["as_of"])
        if day > as_of:
            raise click.ClickException(f"what is open on {day} is not known yet: the warehouse is as of {as_of}")
        answer = _items if by_item else _aged
        found = {each: answer(connection, each, day, entity_code) for each in sides}
    if as_json:
        from finance_assets.lib.report import to_json

        click.echo(to_json([{"side": each, **row} for each, rows in found.items() for row in rows]))
        return
    from finance_assets.cli.show import show_first_rows

    for each, rows in found.items():
        show_first_rows(f"{_DEBTS[each]}, on {day}, as known on {as_of}", rows)


def _items(connection: Any, side: str, day: date, entity_code: str | None) -> list[dict[str, Any]]:
    """Return the items of a side that were open on the day; what is owed > 0."""
    from finance_assets.lib.records import records

    table, counterparty, names, sign = _SIDES[side]
    return records(
        connection,
        f"""
        select items.entity_code, coalesce(names.{counterparty}_name, items.source_counterparty_id) as {counterparty},
            items.document_number, items.item_type, items.posting_date,
            coalesce(items.due_date, items.document_date) as due_date,
            $day - coalesce(items.due_date, items.document_date) as days_past_due,
            {sign} * items.amount_transaction as amount_transaction, items.transaction_currency,
            {sign} * items.amount_local as amount_local, items.local_currency,
            items.source_account_id, items.fiscal_year, items.line_number, items.{counterparty}_id, items.recorded_at
        from canonical.{table} as items
        left join canonical.{names} as names on items.{counterparty}_id = names.{counterparty}_id
        where items.open_from_date <= $day and $day < items.open_until
            and ($entity is null or items.entity_code = $entity)
        order by items.entity_code, {counterparty}, due_date, items.document_number, items.line_number
        """,
        {"day": day, "entity": entity_code},
    )


def _aged(connection: Any, side: str, day: date, entity_code: str | None) -> list[dict[str, Any]]:
    """Return a row per entity, counterparty and currency: what was owed by days past due, and what stood against it."""
    ends = connection.execute(
        "select ageing_bucket, last_day_past_due from canonical.dim_ageing_buckets "
        "order by last_day_past_due nulls last"
    ).fetchall()
    counterparty = _SIDES[side][1]
    sums: dict[tuple[str, ...], dict[str, Any]] = {}
    for item in _items(connection, side, day, entity_code):
        row = sums.setdefault(
            (item["entity_code"], item[f"{counterparty}_id"], item["local_currency"]),
            {"entity_code": item["entity_code"], counterparty: item[counterparty]}
            | {bucket: Decimal(0) for bucket, _ in ends}
            | {"unapplied": Decimal(0), "total": Decimal(0), "local_currency": item["local_currency"], "items": 0},
        )
        bucket = next(name for name, last in ends if last is None or item["days_past_due"] <= last)
        row[bucket if item["amount_local"] > 0 else "unapplied"] += item["amount_local"]
        row["total"] += item["amount_local"]
        row["items"] += 1
    return list(sums.values())
