"""Tables on a screen."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

# A pipe has no width: what is written to a file is not folded to eighty columns.
PIPE_WIDTH = 180
console = Console() if sys.stdout.isatty() else Console(width=PIPE_WIDTH)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    """Return a table; numbers are aligned to the right and have thousands separators."""
    rendered = Table(
        title=title, title_justify="left", title_style="bold", header_style="dim", box=None, pad_edge=False
    )
    listed = [list(row) for row in rows]
    for position, name in enumerate(columns):
        numeric = any(isinstance(row[position], int | Decimal) and row[position] is not True for row in listed)
        rendered.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in listed:
        # What stands in brackets is text, not a style.
        rendered.add_row(*(escape(cell(value)) for value in row))
    return rendered


def cell(value: Any) -> str:
    """Return a value as a person writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)


def tell(text: str) -> None:
    """Write a line, its marks ([bold] …) as styles."""
    console.print(text, highlight=False)


def show(rendered: Any) -> None:
    """Write a table, with an empty line before it."""
    console.print()
    console.print(rendered, highlight=False)
