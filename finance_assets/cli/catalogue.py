"""`finance tables`: what there is to ask, from the descriptions that the published file carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import click
from rich.markup import escape

from finance_assets.cli.published import open_published
from finance_assets.cli.tables import show, table, tell
from finance_assets.lib.publish import read_manifest
from finance_assets.lib.records import records
from finance_assets.lib.report import to_json
from finance_assets.lib.settings import Settings

_TABLES = """
    select schema_name || '.' || table_name as name, comment as description
    from duckdb_tables() where list_contains($schemas, schema_name) order by name
"""
_COLUMNS = """
    select column_name as name, data_type, comment as description
    from duckdb_columns() where schema_name || '.' || table_name = $name order by column_index
"""
# What people read comes first.
_ORDER = ("marts", "reconciliation", "canonical", "control")
_FACTS = ("rows", "data_status", "data_status_detail", "as_of")


def show_tables(pattern: str | None, as_json: bool) -> None:
    """Show the published tables, those alone whose name or description has the pattern; of one, its columns."""
    settings = Settings.from_environment()
    with open_published(settings) as connection:
        tables = records(connection, _TABLES, {"schemas": list(_ORDER)})
        _add_facts(tables, read_manifest(settings.data_dir.published) or {})
        chosen = _chosen(tables, pattern)
        one = chosen[0] if len(chosen) == 1 else None
        columns = records(connection, _COLUMNS, {"name": one["name"]}) if one else []
    if as_json:
        click.echo(to_json({**one, "columns": columns} if one else chosen))
    elif one:
        _show_one(one, columns)
    else:
        _show_all(chosen)


def _add_facts(tables: Sequence[dict[str, Any]], manifest: Mapping[str, Any]) -> None:
    facts = {f"{each['schema']}.{each['name']}": each for each in manifest.get("tables", ())}
    for each in tables:
        each |= {name: facts.get(each["name"], {}).get(name) for name in _FACTS}


def _chosen(tables: Sequence[dict[str, Any]], pattern: str | None) -> list[dict[str, Any]]:
    wanted = (pattern or "").lower()
    exact = [each for each in tables if wanted in (each["name"], each["name"].partition(".")[2])]
    chosen = exact or [each for each in tables if wanted in f"{each['name']} {each['description'] or ''}".lower()]
    if not chosen:
        names = [each["name"] for each in tables]
        short = {name.partition(".")[2]: name for name in names}
        near = [short.get(name, name) for name in get_close_matches(wanted, [*names, *short], n=3)]
        hint = f"; the nearest names are {', '.join(dict.fromkeys(near))}" if near else ""
        raise click.ClickException(f"no table has {pattern!r} in its name or description{hint}; see `finance tables`")
    return sorted(chosen, key=lambda each: _ORDER.index(each["name"].partition(".")[0]))


def _show_all(tables: Sequence[Mapping[str, Any]]) -> None:
    rows = [
        (each["name"], each["rows"], each["data_status"], (each["description"] or "").partition(". ")[0])
        for each in tables
    ]
    show(table(f"{len(tables):,} tables", ("table", "rows", "data", "what it is"), rows))
    tell(f"\nColumns of one    finance tables {tables[0]['name']}")
    tell(f'Ask one           finance query "from {tables[0]["name"]} limit 10"\n')


def _show_one(found: Mapping[str, Any], columns: Sequence[Mapping[str, Any]]) -> None:
    tell(f"\n[bold]{found['name']}[/]  {found['rows'] or 0:,} rows, {found['data_status']}, as of {found['as_of']}")
    for text in (found["data_status_detail"], found["description"]):
        if text:
            tell(escape(text))
    show(table("", ("column", "type", "what it is"), [[column[name] for name in column] for column in columns]))
    tell(f'\nAsk it    finance query "from {found["name"]} limit 10"\n')
