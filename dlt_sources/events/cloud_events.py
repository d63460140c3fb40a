"""One CloudEvent in its JSON format: what a text must be to count as one. The receiver and the reader ask here."""

from __future__ import annotations

import unicodedata
from typing import Any

from dlt_sources.protocols import exact_json

# What a producer must say; `subject` and `time` are optional in CloudEvents, and staging asks for them.
REQUIRED = ("specversion", "id", "source", "type")
ATTRIBUTES = (*REQUIRED, "subject", "time")
SPECIFICATION = "1.0"


class NotAnEvent(ValueError):
    """A text that is no CloudEvent; the message says why, without a value of it."""


def parse(text: str) -> dict[str, Any]:
    """Return the event's attributes as text, `data` as parsed, and whatever else it carries under `extensions`.

    Numbers keep their digits. Raises NotAnEvent.
    """
    try:
        event = exact_json.loads(text)
        # A lone half of a surrogate pair is JSON and no text that could be kept.
        exact_json.compact(event).encode()
        has_nul = _has_nul(event)
    except (ValueError, RecursionError) as error:
        raise NotAnEvent("it is no valid JSON") from error
    if not isinstance(event, dict):
        raise NotAnEvent("it is no JSON object")
    if has_nul:
        # PostgreSQL, which may hold the queue, takes none.
        raise NotAnEvent("it holds a NUL character")
    for name in ATTRIBUTES:
        value = event.get(name)
        if value is None and name in REQUIRED:
            raise NotAnEvent(f"it has no {name}")
        if value is not None and type(value) is not str:
            raise NotAnEvent(f"its {name} is no text")
        if value == "":
            raise NotAnEvent(f"its {name} is empty")
        if value and any(unicodedata.category(character) == "Cc" for character in value):
            raise NotAnEvent(f"its {name} holds a control character")
    if event["specversion"] != SPECIFICATION:
        raise NotAnEvent(f"its specversion is not {SPECIFICATION}")
    return {
        **{name: event.get(name) for name in ATTRIBUTES},
        "data": event.get("data"),
        "extensions": {name: value for name, value in event.items() if name not in (*ATTRIBUTES, "data")} or None,
    }


def _has_nul(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_nul(each) for each in (*value, *value.values()))
    if isinstance(value, list):
        return any(map(_has_nul, value))
    return isinstance(value, str) and "\0" in value


def as_line(text: str) -> str:
    """Return the event on one line, its numbers as they were written; raise NotAnEvent."""
    parse(text)
    return exact_json.compact(exact_json.loads(text))
