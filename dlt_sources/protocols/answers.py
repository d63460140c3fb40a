"""What an answer says: its data with exact numbers, or the vendor's reason for a refusal."""

from __future__ import annotations

import re
from typing import Any

import requests

from dlt_sources.protocols import exact_json

LONGEST_QUOTE = 300  # characters of a vendor's answer that an error repeats


class LoginPage(Exception):
    """An HTML page came where data was due."""


class Malformed(Exception):
    """The answer is not whole or not in its format; sent again, it may be."""


def json_body(answer: requests.Response) -> Any:
    """Return the answer's JSON with exact numbers."""
    _refuse_html(answer)
    try:
        # The bytes, not `answer.text`: without a charset header requests would guess.
        return exact_json.loads(answer.content.decode("utf-8-sig"))
    except ValueError as error:
        raise Malformed(f"the answer is not whole, valid JSON ({error})") from error


def data_body(answer: requests.Response) -> bytes:
    """Return the answer's bytes."""
    _refuse_html(answer)
    return answer.content


def vendor_reason(answer: requests.Response) -> tuple[str, str]:
    """Return the vendor's error code and sentence, from the shapes error bodies have; empty where there is none."""
    try:
        body = exact_json.loads(answer.text)
    except ValueError:
        title = re.search(r"<title>(.*?)</title>", answer.text, re.IGNORECASE | re.DOTALL)
        return "", (title[1].strip() if title else answer.text[:LONGEST_QUOTE].strip())
    if isinstance(body, list):
        body = body[0] if body else {}
    if not isinstance(body, dict):
        return "", ""
    if details := body.get("o:errorDetails"):  # RFC 7807 as one vendor extends it
        return str(details[0].get("o:errorCode", "")), str(details[0].get("detail", ""))[:LONGEST_QUOTE]
    if reasons := body.get("reasons") or body.get("Errors"):
        body = {name.lower(): value for name, value in reasons[0].items()}
    inner = next((body[key] for key in ("error", "status") if isinstance(body.get(key), dict)), body)
    codes = (inner.get(key) for key in ("errorCode", "api_error_code", "code", "error", "status", "type"))
    code = next((found for found in codes if found and isinstance(found, str)), "")
    # OData V4 may say no more than that there was an error, and what it was one level below.
    saying = {**inner, **inner["innererror"]} if isinstance(inner.get("innererror"), dict) else inner
    message = next(
        (saying[key] for key in ("message", "error_description", "statusMessage", "reason") if saying.get(key)), ""
    )
    if isinstance(message, dict):
        message = message.get("value", "")
    return str(code), str(message)[:LONGEST_QUOTE]


def _refuse_html(answer: requests.Response) -> None:
    kind = answer.headers.get("Content-Type", "")
    if "html" in kind or answer.content.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        raise LoginPage
