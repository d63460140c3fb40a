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
_ENTITIES = """
    select entity_code from canonical.dim_entities
    union select entity_code from canonical.fct_ar_items
    union select entity_code from canonical.fct_ap_items
    order by entity_code
"""
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
        _require_entity(connection, entity_code)
        as_of = date.fromisoformat(read_manifest(settings.data_dir.published)["as_of"])
        if day > as_of:
            raise click.ClickException(f"what is open on {day} is not known yet: the warehouse is as of {as_of}")
        answer = _items if by_item else _aged
        found = {each: answer(connection, each, day, entity_code) for each in sides}
    if as_json:
        from finance_assets.lib.report import to_json

        click.echo(to_json([{"side": each, **row} for each, rows in found.items() for row in rows]))
        return
    for each, rows in found.items():
        _show(each, rows, day, as_of)


def _show(side: str, rows: list[dict[str, Any]], day: date, as_of: date) -> None:
    """Show what was open on one side and its sum per entity and currency, or that nothing was."""
    from finance_assets.cli.show import show_first_rows
    from finance_assets.cli.tables import show, table, tell

    if not rows:
        tell(f"\n{_DEBTS[side]}: nothing was open on {day}, as known on {as_of}.\n")
        return
    show_first_rows(f"{_DEBTS[side]}, on {day}, as known on {as_of}", rows)
    totals = [(entity, amount, currency, count) for (entity, currency), (amount, count) in _totals(rows).items()]
    show(table("Together", ("entity", "total", "", "items"), totals))


def _totals(rows: list[dict[str, Any]]) -> dict[tuple[str, str], tuple[Decimal, int]]:
    """What is owed in all, and in how many items, by entity and its currency."""
    found: dict[tuple[str, str], tuple[Decimal, int]] = {}
    for row in rows:
        key = row["entity_code"], row["local_currency"]
        amount, count = found.get(key, (Decimal(0), 0))
        found[key] = amount + row.get("total", row.get("amount_local")), count + row.get("items", 1)
    return found


def _require_entity(connection: Any, entity_code: str | None) -> None:
    """Fail with the entities there are when this is none of them."""
    known = [code for (code,) in connection.execute(_ENTITIES).fetchall() if code is not None]
    if entity_code is not None and entity_code not in known:
        raise click.ClickException(f"there is no entity {entity_code}; there are {', '.join(known)}")


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
