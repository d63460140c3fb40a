"""Signatures: what Stripe's own client signs and accepts, and nothing that is forged, stale or of another body."""

from __future__ import annotations

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from dlt_sources.events.signatures import SignatureRefused, sign, verify

NOW = 1_790_000_000
SECRET, OLD_SECRET, FOREIGN_SECRET = SecretStr("a" * 32), SecretStr("b" * 32), SecretStr("c" * 32)
BODY = b'{"id":"evt_1"}'


def refused(header: str | None, body: bytes = BODY, now: float = NOW) -> str:
    with pytest.raises(SignatureRefused) as refusal:
        verify(header, body, [SECRET, OLD_SECRET], now)
    return str(refusal.value)


def test_a_fresh_signature_of_the_body_is_accepted() -> None:
    verify(sign(BODY, SECRET, NOW), BODY, [SECRET], NOW)


@given(st.text())
def test_stripes_client_and_ours_accept_each_other(body: str) -> None:
    body = body.encode("utf-8", "ignore").decode()
    theirs = stripe.WebhookSignature.generate_signature_header(body, SECRET.get_secret_value(), NOW)
    verify(theirs, body.encode(), [SECRET], NOW)
    assert stripe.WebhookSignature.verify_header(body, sign(body.encode(), SECRET, NOW), SECRET.get_secret_value())


def test_while_a_secret_is_changed_both_are_accepted() -> None:
    verify(sign(BODY, OLD_SECRET, NOW), BODY, [SECRET, OLD_SECRET], NOW)
    _, _, foreign = sign(BODY, FOREIGN_SECRET, NOW).partition(",")
    verify(f"{sign(BODY, SECRET, NOW)},{foreign}", BODY, [SECRET], NOW)
    assert "does not match" in refused(sign(BODY, FOREIGN_SECRET, NOW))


def test_a_signature_of_another_body_or_moment_is_refused() -> None:
    header = sign(BODY, SECRET, NOW)
    assert "does not match" in refused(header, BODY + b" ")
    assert "does not match" in refused(header.replace(str(NOW), str(NOW + 1)))


@pytest.mark.parametrize("seconds", [301, -301, 10**9])
def test_a_signature_that_is_not_of_now_is_refused_however_right(seconds: int) -> None:
    assert "not of the last 300 seconds" in refused(sign(BODY, SECRET, NOW), now=NOW + seconds)


@pytest.mark.parametrize("seconds", [300, -300])
def test_clocks_may_differ_by_the_tolerance(seconds: int) -> None:
    verify(sign(BODY, SECRET, NOW), BODY, [SECRET], NOW + seconds)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "t=",
        f"t={NOW}",
        "v1=00",
        f"t=-{NOW},v1=00",
        f"t={NOW},v0=00",
        f"t={NOW},t={NOW},v1=00",
        f"t={NOW}{NOW},v1=00",
        "t=٣,v1=00",  # a digit, and none of ours
        f"t={NOW},v1=ä",
        f"t={NOW}" + ",v1=00" * 11,
        ",,,===",
    ],
)
def test_a_header_that_is_none_is_refused_in_words(header: str | None) -> None:
    reason = refused(header)
    assert "Finance-Signature" in reason and SECRET.get_secret_value() not in reason


@given(st.text(alphabet=st.characters(codec="latin-1"), max_size=200))
def test_no_header_that_is_no_signature_gets_through_or_breaks(header: str) -> None:
    with pytest.raises(SignatureRefused):
        verify(header, BODY, [SECRET], NOW)
