"""CSV in whatever dress it comes: separator, qualifier and encoding are told, values stay the text they were."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from dlt_sources.protocols.answers import Malformed

Page = list[dict[str, str | None]]

PAGE_ROWS = 10_000  # rows handed on at a time, so that a large file is not a large memory


def csv_pages(
    content: bytes,
    *,
    encoding: str = "utf-8-sig",
    separator: str = ",",
    qualifier: str = '"',
    null: str | None = None,
) -> Iterator[Page]:
    """Yield the rows under the header in pages; text equal to `null` becomes None.

    A row longer or shorter than the header raises Malformed with its line number. A header cell without a name (a
    trailing separator) is no column, as long as nothing stands under it.
    """
    try:
        text = content.decode(encoding).replace("\x00", "")
    except (UnicodeDecodeError, LookupError) as error:
        raise Malformed(f"the file is not {encoding} text ({error})") from error
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, quotechar=qualifier or None)
    header = next(lines, None)
    if header is None:
        return
    names = [name.strip() for name in header]
    columns = [(index, name) for index, name in enumerate(names) if name]
    page: Page = []
    for values in lines:
        if not values:
            continue
        nameless = [value for value, name in zip(values, names, strict=False) if not name and value.strip()]
        if len(values) != len(names) or nameless:
            raise Malformed(f"line {lines.line_num} has {len(values)} values under {len(columns)} named columns")
        page.append({name: None if values[index] == null else values[index] for index, name in columns})
        if len(page) == PAGE_ROWS:
            yield page
            page = []
    if page:
        yield page
