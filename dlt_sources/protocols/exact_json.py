"""JSON whose numbers keep their digits: 12500.10 stays 12500.10, however often it is read and written."""

from __future__ import annotations

import json
from json.encoder import encode_basestring
from typing import Any


class Number(str):
    """A JSON number as the text it had on the wire."""

    __slots__ = ()


_DECODER = json.JSONDecoder(parse_float=Number, parse_int=Number, parse_constant=Number)


def loads(document: str) -> Any:
    """Return the document with every number as a `Number`; raise ValueError when it is not whole, valid JSON."""
    return _DECODER.decode(document)


def to_text(value: Any) -> str | None:
    """Return a parsed value as it is landed: text as it is, true/false, nested values as compact JSON, null as None."""
    if value is None or isinstance(value, str):
        return value
    return compact(value)


def compact(value: Any) -> str:
    """Return a parsed value as JSON without spaces, its numbers exactly as they were received."""
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    if kind is Number:
        return str(value)
    if value is None:
        return "null"
    if kind is bool:
        return "true" if value else "false"
    if kind is dict:
        return "{" + ",".join(f"{encode_basestring(key)}:{compact(inner)}" for key, inner in value.items()) + "}"
    if kind is list:
        return "[" + ",".join(map(compact, value)) + "]"
    raise TypeError(f"{type(value).__name__} cannot come out of JSON")
