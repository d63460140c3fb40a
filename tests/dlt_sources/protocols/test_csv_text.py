"""CSV arrives whole, in its own dress, or not at all."""

from __future__ import annotations

import pytest

from dlt_sources.protocols.answers import Malformed
from dlt_sources.protocols.csv_text import csv_pages


def read(content: bytes, **dress: object) -> list[dict[str, str | None]]:
    return [row for page in csv_pages(content, **dress) for row in page]


def test_values_stay_the_text_they_were() -> None:
    assert read(b'a,b\n"1,50","x ""y""\nz"\n007, 1.10\n') == [
        {"a": "1,50", "b": 'x "y"\nz'},
        {"a": "007", "b": " 1.10"},
    ]


def test_separator_qualifier_and_encoding_are_as_told() -> None:
    content = "Konto\tName\n'4000'\t'Umsatzerlöse\tInland'\n".encode("latin-1")
    assert read(content, encoding="ISO-8859-1", separator="\t", qualifier="'") == [
        {"Konto": "4000", "Name": "Umsatzerlöse\tInland"}
    ]


def test_a_byte_order_mark_is_not_part_of_the_first_header() -> None:
    assert read("\ufeffa,b\n1,2\n".encode()) == [{"a": "1", "b": "2"}]


def test_a_trailing_separator_is_no_column() -> None:
    assert read(b"Date,USD,\n2026-09-30,1.1,\n") == [{"Date": "2026-09-30", "USD": "1.1"}]


def test_null_text_is_null_only_where_told() -> None:
    assert read(b"a,b\n,x\n", null="") == [{"a": None, "b": "x"}]
    assert read(b"a,b\n,x\n") == [{"a": "", "b": "x"}]


@pytest.mark.parametrize("content", [b"a,b\n1\n", b"a,b\n1,2,3\n", b"a,b,\n1,2,3\n"])
def test_a_row_that_does_not_fit_its_header_is_named_by_its_line(content: bytes) -> None:
    with pytest.raises(Malformed, match="line 2"):
        read(content)


def test_text_in_another_encoding_is_an_error() -> None:
    with pytest.raises(Malformed, match="not utf-8"):
        read("ä\n".encode("latin-1"), encoding="utf-8")


def test_an_empty_file_has_no_rows() -> None:
    assert read(b"") == read(b"a,b\n") == []
