"""Tables on a screen.

What is decided here holds for all of them: no word is broken. Where words do not fit side by side, keys are broken
between their parts and addresses behind the @, then names behind a _ or -; where that is not enough, records stand one
below the other, a line for each value.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table

# A pipe has no width: what is written to a file is not folded to eighty columns.
PIPE_WIDTH = 180
console = Console() if sys.stdout.isatty() else Console(width=PIPE_WIDTH)
# Between two columns.
_GAP = 2
# A sentence may take so many lines beside short values; what is longer has them one below the other.
_MOST_LINES = 8
# Where a text may be broken, and where one without blanks.
_BLANKS = re.compile(r"\s+")
_JOINTS = re.compile(r"\s+|(?<=[|@])")
_JOINTS_OF_NAMES = re.compile(r"\s+|(?<=[|@_])|(?<=[a-z]-)")
# Whole numbers that name something: they are neither amounts nor counts.
_NAMING = re.compile(r"(^|[_ ])(year|period|number|id|code|key)($|\()", re.IGNORECASE)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    """Return a table that fits the screen; numbers are aligned to the right, amounts and counts have separators.

    A column without a name belongs to the one before it, as the currency to its amount.
    """
    listed = [list(row) for row in rows]
    shown = [[cell(value, name) for name, value in zip(columns, row, strict=True)] for row in listed]
    widths = _widths(columns, shown, console.width - _GAP * (len(columns) - 1))
    if widths is None:
        return _one_below_the_other(title, columns, shown)
    rendered = _empty(title)
    for position, (name, width) in enumerate(zip(columns, widths, strict=True)):
        numeric = any(isinstance(row[position], int | Decimal) and row[position] is not True for row in listed)
        rendered.add_column(name, justify="right" if numeric else "left", overflow="fold", width=width)
    for row in shown:
        # What stands in brackets is text, not a style.
        rendered.add_row(*(escape(_wrapped(text, width)) for text, width in zip(row, widths, strict=True)))
    return rendered


def cell(value: Any, column: str = "") -> str:
    """Return a value as a person writes it: an amount or a count with separators, a year or an id without."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value:,.2f}" if value.is_finite() and value == round(value, 2) else f"{value.normalize():,f}"
    if isinstance(value, int):
        return str(value) if _NAMING.search(column) else f"{value:,}"
    return str(value)


def tell(text: str) -> None:
    """Write a line, its marks ([bold] …) as styles."""
    console.print(text, highlight=False)


def show(rendered: Any) -> None:
    """Write a table, with an empty line before it."""
    console.print()
    console.print(rendered, highlight=False)


def _widths(columns: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """How wide every column is, the widest giving way first; None if a word, or too long a text, would not fit."""
    texts = [[name, *(row[position] for row in rows)] for position, name in enumerate(columns)]
    natural = [max(_length(text.splitlines()) for text in column) for column in texts]
    for breaks in (_BLANKS, _JOINTS, _JOINTS_OF_NAMES):
        least = [max(_length(breaks.split(text)) for text in column) for column in texts]
        if len(columns) > 2:
            least = [max(word, -(-whole // _MOST_LINES)) for word, whole in zip(least, natural, strict=True)]
        if sum(least) <= room:
            return _shrunk(natural, least, room)
    # A name and a value stand one below the other already.
    return _shrunk(natural, [1] * len(columns), room) if len(columns) <= 2 else None


def _shrunk(natural: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    widths = [max(floor, min(width, room)) for width, floor in zip(natural, least, strict=True)]
    while sum(widths) > room:
        widest = max((at for at in range(len(widths)) if widths[at] > least[at]), key=widths.__getitem__)
        widths[widest] -= 1
    return widths


def _wrapped(text: str, width: int) -> str:
    """The text in lines of that width, broken at blanks, and at the joints of what has none."""
    return "\n".join(part for line in text.splitlines() for part in _lines(line, width))


def _lines(line: str, width: int) -> list[str]:
    if cell_len(line) <= width:
        return [line]
    lines = [""]
    for word in re.findall(r"\S+\s*", line):
        for part in _parts(word, width):
            if lines[-1] and cell_len(f"{lines[-1]}{part}".rstrip()) > width:
                lines.append("")
            lines[-1] += part
    return [part.rstrip() for part in lines]


def _parts(word: str, width: int) -> list[str]:
    """The word, in pieces where it is wider than that."""
    parts = [word]
    for joint in (r"(?<=[|@])", r"(?<=_)|(?<=[a-z]-)"):
        parts = [
            piece for part in parts for piece in ([part] if cell_len(part.rstrip()) <= width else re.split(joint, part))
        ]
    return parts


def _length(texts: Sequence[str]) -> int:
    return max(map(cell_len, texts), default=0)


def _one_below_the_other(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    rendered = _empty(title, show_header=False)
    rendered.add_column(style="dim", no_wrap=True)
    rendered.add_column(overflow="fold")
    for number, row in enumerate(rows):
        if number:
            rendered.add_row("", "")
        lines: list[tuple[str, str]] = []
        for name, value in zip(columns, row, strict=True):
            if name or not lines:
                lines.append((name, value))
            else:
                lines[-1] = (lines[-1][0], f"{lines[-1][1]} {value}".strip())
        for name, value in lines:
            if value:
                rendered.add_row(escape(name), escape(value))
    return rendered


def _empty(title: str, *, show_header: bool = True) -> Table:
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="dim",
        box=None,
        pad_edge=False,
        show_header=show_header,
    )
