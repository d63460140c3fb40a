"""Stripe's way to ask and to refuse: parameters in brackets, errors with type, code and parameter."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.responses import Response

from dlt_sources.sandbox.servers.web import Refusal, json_response


class Parameters:
    """Query parameters in Stripe's bracket notation, taken one by one; what nobody takes is unknown."""

    def __init__(self, items: list[tuple[str, str]]):
        self._items = items

    def take(self, name: str) -> str | None:
        return self._take(lambda key: key == name)[-1:][0][1] if self._has(name) else None

    def take_list(self, name: str) -> list[str]:
        return [value for _, value in self._take(lambda key: re.fullmatch(rf"{name}\[\d*\]", key) is not None)]

    def take_range(self, name: str) -> list[tuple[str, int]]:
        """(SQL operator, seconds) of name[gte]=…, or of an exact name=…."""
        operators = {f"{name}[gt]": ">", f"{name}[gte]": ">=", f"{name}[lt]": "<", f"{name}[lte]": "<=", name: "="}
        return [(operators[key], whole_number(value, key)) for key, value in self._take(lambda key: key in operators)]

    def expansions(self, prefix: str) -> set[str]:
        names = self.take_list("expand")
        if wrong := [name for name in names if not name.startswith(prefix)]:
            raise refused(400, f"This property cannot be expanded ({wrong[0]}).", param="expand")
        return {name.removeprefix(prefix) for name in names}

    def limit(self) -> int:
        limit = whole_number(self.take("limit") or "10", "limit")
        if not 1 <= limit <= 100:
            bound = "less than or equal to 100" if limit > 100 else "greater than or equal to 1"
            raise refused(
                400, f"Invalid integer: this value must be {bound}.", code="parameter_invalid_integer", param="limit"
            )
        return limit

    def expect_nothing_more(self) -> None:
        if self._items:
            name = self._items[0][0]
            raise refused(400, f"Received unknown parameter: {name}", code="parameter_unknown", param=name)

    def _has(self, name: str) -> bool:
        return any(key == name for key, _ in self._items)

    def _take(self, is_wanted: Callable[[str], bool]) -> list[tuple[str, str]]:
        taken = [item for item in self._items if is_wanted(item[0])]
        self._items = [item for item in self._items if not is_wanted(item[0])]
        return taken


def whole_number(text: str, parameter: str) -> int:
    if not re.fullmatch(r"-?\d+", text):
        raise refused(400, f"Invalid integer: {text}", code="parameter_invalid_integer", param=parameter)
    return int(text)


def nested_form(body: str) -> dict[str, Any]:
    """A form body with one level of brackets: metadata[a]=b → {"metadata": {"a": "b"}}."""
    form: dict[str, Any] = {}
    for key, value in parse_qsl(body, keep_blank_values=True):
        if match := re.fullmatch(r"(\w+)\[(\w+)\]", key):
            form.setdefault(match[1], {})[match[2]] = value
        else:
            form[key] = value
    return form


def refused(status: int, message: str, **fields: str) -> Refusal:
    return Refusal(error(status, message, "invalid_request_error", **fields))


def error(status: int, message: str, kind: str, *, headers: Mapping[str, str] | None = None, **fields: str) -> Response:
    error = {"type": kind, "message": message, **fields}
    if code := fields.get("code"):
        error["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
    return json_response({"error": error}, status, headers)
