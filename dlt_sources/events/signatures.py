"""Signatures as Stripe makes them for its webhooks: `t=<unix seconds>,v1=<hex>`, HMAC-SHA256 over `t.body`."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from pydantic import SecretStr

HEADER = "Finance-Signature"
SCHEME = "v1"
# A caught request can be sent again for so long, and clocks may differ by so much.
TOLERANCE_SECONDS = 300
# Signatures in one header: a sender that changes its secret signs with both for a while.
MOST_SIGNATURES = 10
_LONGEST_TIMESTAMP = 12


class SignatureRefused(Exception):
    """The request is not from whom it says, or not from now; the message says which, without secret or signature."""


def sign(body: bytes, secret: SecretStr, timestamp: int) -> str:
    """Return the header's value for a body that is sent at the moment, in seconds since 1970."""
    return f"t={timestamp},{SCHEME}={_digest(body, secret, str(timestamp))}"


def verify(
    header: str | None,
    body: bytes,
    secrets: Sequence[SecretStr],
    now: float,
    tolerance_seconds: float = TOLERANCE_SECONDS,
) -> None:
    """Raise SignatureRefused unless one of the signatures was made of this body with one of the secrets, just now."""
    if not header:
        raise SignatureRefused(f"the header {HEADER} is missing")
    timestamp, signatures = _parts(header)
    # All are compared, each in constant time: how long it takes tells nothing about any of them.
    expected = [_digest(body, secret, timestamp) for secret in secrets]
    matches = [hmac.compare_digest(each, given) for each in expected for given in signatures]
    if not any(matches):
        raise SignatureRefused("the signature does not match the body")
    if abs(now - int(timestamp)) > tolerance_seconds:
        raise SignatureRefused(
            f"the signature is not of the last {tolerance_seconds:.0f} seconds: sign again when sending again"
        )


def _parts(header: str) -> tuple[str, list[str]]:
    """The timestamp as it stands there, and the signatures of our scheme; others are left alone."""
    pairs = [part.strip().partition("=") for part in header.split(",")]
    timestamps = [value for name, _, value in pairs if name == "t"]
    signatures = [value for name, _, value in pairs if name == SCHEME]
    if len(timestamps) != 1 or not _is_moment(timestamps[0]) or not signatures:
        raise SignatureRefused(f"the header {HEADER} is not of the form t=…,{SCHEME}=…")
    if len(signatures) > MOST_SIGNATURES or not all(each.isascii() for each in signatures):
        raise SignatureRefused(f"the header {HEADER} holds what no signature is")
    return timestamps[0], signatures


def _is_moment(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_TIMESTAMP


def _digest(body: bytes, secret: SecretStr, timestamp: str) -> str:
    return hmac.new(secret.get_secret_value().encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
