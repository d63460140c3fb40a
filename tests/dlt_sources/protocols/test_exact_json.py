"""Numbers, booleans and nested values reach the landing as the digits of the wire."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_sources.protocols.exact_json import compact, loads, to_text


@pytest.mark.parametrize("number", ["0.10", "12500.0", "-0", "1E+5", "123456789012345678901234567890.000000000001"])
def test_a_number_is_landed_as_it_was_written(number: str) -> None:
    assert to_text(loads(f'{{"amount": {number}}}')["amount"]) == number


def test_text_that_looks_like_a_number_stays_quoted_in_nested_values() -> None:
    nested = loads('{"a": [1.50, "1.50", true, null, {"ü\\"": -0.0}]}')
    assert to_text(nested) == '{"a":[1.50,"1.50",true,null,{"ü\\"":-0.0}]}'


def test_booleans_and_null_have_one_spelling() -> None:
    assert [to_text(value) for value in loads("[true, false, null]")] == ["true", "false", None]


def test_half_a_document_is_an_error() -> None:
    with pytest.raises(ValueError):
        loads('{"rows": [1, 2')


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_compact_text_means_the_same_as_what_was_read(value: object) -> None:
    assert json.loads(compact(loads(json.dumps(value)))) == value
