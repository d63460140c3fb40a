"""Keeps secrets out of every log line and error message."""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "[secret]"
_NAMED = re.compile(
    r"((?:access_token|refresh_token|client_secret|password|api_key|tokenValue|assertion)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,}]+",
    re.IGNORECASE,
)
_HEADER = re.compile(r"\b(Basic|Bearer|[A-Za-z]*AuthToken)\s+[A-Za-z0-9+/=._~!-]{6,}")


_QUERY = re.compile(r"\?[^\s\"]+")


class QueryHider(logging.Filter):
    """Takes the query string out of another library's log lines, which know nothing of our secrets."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the record, without queries."""
        record.msg, record.args = _QUERY.sub("?…", record.getMessage()), ()
        return True


class Redactor:
    """Masks known secrets, in every spelling the wire gives them, and whatever looks like a credential."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._spellings: list[str] = []
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Learn one more secret, such as a token just received."""
        encoded = base64.b64encode(secret.encode()).decode()
        spellings = {secret, quote(secret, safe=""), quote_plus(secret), encoded} - {""}
        # The longest first: one spelling may contain another.
        self._spellings = sorted({*self._spellings, *spellings}, key=len, reverse=True)

    def __call__(self, text: object) -> str:
        """Return the text with every secret masked."""
        masked = str(text)
        for spelling in self._spellings:
            masked = masked.replace(spelling, MASK)
        return _HEADER.sub(rf"\1 {MASK}", _NAMED.sub(rf"\1{MASK}", masked))
