"""`finance open-items`: what was open on any past day, item by item or aged by its due date as of that day."""

from __future__ import annotations

from datetime import date
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


# What is open on a day and how many days past due; what is owed > 0. What stands on the other side is in no bucket.
_OPEN = """
    select items.*, names.{counterparty}_name as counterparty_name,
        coalesce(items.due_date, items.document_date) as due_on,
        $day - coalesce(items.due_date, items.document_date) as days_past_due,
        {sign} * items.amount_local as amount_owed_local, {sign} * items.amount_transaction as amount_owed_transaction
    from canonical.{table} as items
    left join canonical.{names} as names on items.{counterparty}_id = names.{counterparty}_id
    where items.open_from_date <= $day and $day < items.open_until
        and ($entity is null or items.entity_code = $entity)
"""
_ITEMS = """
    select entity_code, coalesce(counterparty_name, source_counterparty_id) as {counterparty}, document_number,
        item_type, posting_date, due_on as due_date, days_past_due, amount_owed_transaction as amount_transaction,
        transaction_currency, amount_owed_local as amount_local, local_currency, source_account_id, fiscal_year,
        line_number, {counterparty}_id, recorded_at
    from ({open}) as items
    order by entity_code, {counterparty}, due_date, document_number, line_number
"""
_AGED = """
    select items.entity_code,
        any_value(coalesce(items.counterparty_name, items.source_counterparty_id)) as {counterparty},
        {buckets},
        sum(case when items.amount_owed_local <= 0 then items.amount_owed_local else 0 end) as unapplied,
        sum(items.amount_owed_local) as total, items.local_currency, count(*) as items
    from ({open}) as items
    left join canonical.dim_ageing_buckets as buckets
        on items.amount_owed_local > 0
        and items.days_past_due >= coalesce(buckets.first_day_past_due, items.days_past_due)
        and items.days_past_due <= coalesce(buckets.last_day_past_due, items.days_past_due)
    group by items.entity_code, items.{counterparty}_id, items.local_currency
    order by items.entity_code, {counterparty}
"""


def _items(connection: Any, side: str, day: date, entity_code: str | None) -> list[dict[str, Any]]:
    """Return the items of a side that were open on the day; what is owed > 0."""
    return _asked(connection, _ITEMS, side, day, entity_code)


def _aged(connection: Any, side: str, day: date, entity_code: str | None) -> list[dict[str, Any]]:
    """Return a row per entity, counterparty and currency: what was owed by days past due, and what stood against it."""
    names = connection.execute(
        "select ageing_bucket from canonical.dim_ageing_buckets order by last_day_past_due nulls last"
    ).fetchall()
    buckets = ", ".join(
        f"sum(case when buckets.ageing_bucket = '{name}' then items.amount_owed_local else 0 end) as \"{name}\""
        for (name,) in names
    )
    return _asked(connection, _AGED, side, day, entity_code, buckets=buckets)


def _asked(
    connection: Any, query: str, side: str, day: date, entity_code: str | None, **parts: str
) -> list[dict[str, Any]]:
    from finance_assets.lib.records import records

    table, counterparty, names, sign = _SIDES[side]
    opened = _OPEN.format(table=table, counterparty=counterparty, names=names, sign=sign)
    return records(
        connection,
        query.format(open=opened, counterparty=counterparty, **parts),
        {"day": day, "entity": entity_code},
    )
