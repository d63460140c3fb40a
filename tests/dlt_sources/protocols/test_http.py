"""A fault is tried again, a refusal is not; the budget holds; secrets stay secret."""

from __future__ import annotations

import logging
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from dlt_sources.errors import SourceRefused, SourceUnavailable
from dlt_sources.protocols.auth import Basic
from dlt_sources.protocols.http import HttpClient
from dlt_sources.protocols.pace import Pacer, RetryPolicy
from dlt_sources.protocols.redaction import Redactor
from dlt_sources.spec import RequestBudget
from tests.dlt_sources.fakes import FakeServer, FastClock, Reply

PASSWORD = "tr0ub4dor&3"


@pytest.fixture
def client(server: FakeServer, clock: FastClock) -> HttpClient:
    return make_client(server.url, clock)


def make_client(base_url: str, clock: FastClock, **changes: object) -> HttpClient:
    settings = {
        "system": "acme_erp",
        "instance": "erp_group",
        "base_url": base_url,
        "budget": RequestBudget(requests_per_second=1000, requests_per_day=1000),
        "auth": Basic(SecretStr("robot"), SecretStr(PASSWORD)),
        "retry": RetryPolicy(attempts=4, first_wait_seconds=1.0),
        "redact": Redactor([PASSWORD]),
        "clock": clock,
    }
    return HttpClient(**{**settings, **changes})


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Reply("down", 503), id="503"),
        pytest.param(Reply("oops", 500), id="500"),
        pytest.param(Reply({"error": {"code": "rate_limit"}}, 429), id="429 without Retry-After"),
        pytest.param(Reply('{"rows": [1, 2', cut_after=8), id="cut in mid-body"),
        pytest.param(Reply('{"rows": [1, 2'), id="malformed JSON"),
        pytest.param(Reply("{}", 409), id="briefly locked"),
    ],
)
def test_a_fault_is_tried_again(server: FakeServer, client: HttpClient, fault: Reply) -> None:
    server.plan = [fault, fault, Reply({"rows": []})]
    assert client.get_json("invoices", "invoices") == {"rows": []}
    assert len(server.requests) == 3


def test_a_fault_that_lasts_makes_the_system_unavailable(server: FakeServer, client: HttpClient) -> None:
    server.plan = [Reply("down", 503)] * 9
    with pytest.raises(SourceUnavailable, match=r"erp_group \(acme_erp\), resource invoices: .*HTTP 503.*4 attempts"):
        client.get_json("invoices", "invoices")
    assert len(server.requests) == 4


def test_waits_grow_and_are_jittered(server: FakeServer, clock: FastClock) -> None:
    server.plan = [Reply("down", 503)] * 4
    client = make_client(server.url, clock, budget=RequestBudget(requests_per_second=10**6, requests_per_day=1000))
    with pytest.raises(SourceUnavailable):
        client.get_json("invoices", "invoices")
    first, second, third = clock.slept
    assert 0.5 <= first <= 1 <= second <= 2 <= third <= 4


@pytest.mark.parametrize(
    ("header", "asked"),
    [("Retry-After", "7"), ("Retry-After", "Mon, 21 Sep 2026 14:13:27 GMT"), ("RateLimit-Reset", "7")],
)
def test_retry_after_is_honoured_as_seconds_as_a_date_and_as_the_reset_of_a_limit(
    server: FakeServer, clock: FastClock, header: str, asked: str
) -> None:
    clock._epoch = 1_790_000_000.0  # Mon, 21 Sep 2026 14:13:20 GMT
    server.plan = [Reply("slow down", 429, headers={header: asked}), Reply({})]
    make_client(server.url, clock, retry=RetryPolicy(first_wait_seconds=0.01)).get_json("invoices", "invoices")
    assert max(clock.slept) == pytest.approx(7, abs=0.1)


def test_a_retry_after_of_an_hour_is_an_outage(server: FakeServer, client: HttpClient, clock: FastClock) -> None:
    server.plan = [Reply("later", 503, headers={"Retry-After": "3600"})]
    with pytest.raises(SourceUnavailable, match="asks to wait 3600 s"):
        client.get_json("invoices", "invoices")


def test_nobody_listening_is_unavailable(clock: FastClock) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(SourceUnavailable, match="no connection"):
        make_client(f"http://127.0.0.1:{port}", clock).get_json("invoices", "invoices")


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply({"error": {"code": "X/1", "message": {"lang": "en", "value": "Property A not found"}}}, 400),
         "HTTP 400 X/1: Property A not found"),
        (Reply({"error": {"code": "", "message": "An error occurred.", "innererror": {"message": "No set A"}}}, 400),
         "HTTP 400: No set A"),
        (Reply({"error": {"code": "X/1", "message": {"value": "No A"}, "innererror": {"transactionid": "7"}}}, 400),
         "HTTP 400 X/1: No A"),
        (Reply([{"errorCode": "INVALID_FIELD", "message": "No such column 'A'"}], 400),
         "HTTP 400 INVALID_FIELD: No such column 'A'"),
        (Reply({"error": {"type": "invalid_request_error", "message": "Invalid API Key"}}, 403),
         "HTTP 403 invalid_request_error: Invalid API Key"),
        (Reply({"status": {"code": 404, "message": "Not Found"}}, 404), "HTTP 404: Not Found"),
        (Reply({"error": "invalid_grant", "error_description": "authentication failure"}, 400),
         "HTTP 400 invalid_grant: authentication failure"),
        (Reply({"status": "FAILURE_BAD_CREDENTIAL", "statusMessage": "Invalid credential"}, 401),
         "HTTP 401 FAILURE_BAD_CREDENTIAL: Invalid credential"),
        (Reply("<html><title>Logon failed</title></html>", 401, content_type="text/html"), "HTTP 401: Logon failed"),
    ],
)  # fmt: skip
def test_a_refusal_is_not_tried_again_and_says_the_vendors_reason(
    server: FakeServer, client: HttpClient, reply: Reply, said: str
) -> None:
    server.plan = [reply]
    with pytest.raises(SourceRefused) as refused:
        client.get_json("invoices", "invoices")
    assert said in str(refused.value)
    assert "run again" in refused.value.next_step
    assert len(server.requests) == 1


def test_a_vendor_code_can_make_a_400_a_fault_and_a_403_have_its_own_advice(
    server: FakeServer, clock: FastClock
) -> None:
    client = make_client(
        server.url, clock, passing_codes=frozenset({"QUERY_TIMEOUT"}), next_steps={"LIMIT": "wait a day"}
    )
    server.plan = [Reply([{"errorCode": "QUERY_TIMEOUT"}], 400), Reply({"rows": []})]
    assert client.get_json("deals", "query") == {"rows": []}
    server.plan = [Reply([{"errorCode": "LIMIT", "message": "used up"}], 403)]
    with pytest.raises(SourceRefused, match="Next: wait a day"):
        client.get_json("deals", "query")


@pytest.mark.parametrize(
    "reply",
    [
        Reply("<!DOCTYPE html><html>Sign in</html>", content_type="text/html"),
        Reply("\n<HTML>Sign in</HTML>", content_type="application/json"),
    ],
)
def test_a_login_page_with_status_200_is_refused(server: FakeServer, client: HttpClient, reply: Reply) -> None:
    server.plan = [reply]
    with pytest.raises(SourceRefused, match="login page"):
        client.get_json("invoices", "invoices")


def test_a_redirect_is_refused_and_not_followed(server: FakeServer, client: HttpClient) -> None:
    server.plan = [Reply("", 302, headers={"Location": "https://sso.example.com/login"})]
    with pytest.raises(SourceRefused, match=r"redirects to https://sso.example.com/login"):
        client.get_json("invoices", "invoices")
    assert len(server.requests) == 1


def test_a_link_to_another_origin_is_refused_before_credentials_travel(server: FakeServer, client: HttpClient) -> None:
    other = FakeServer()
    try:
        with pytest.raises(SourceRefused, match="another origin"):
            client.get_json("invoices", f"{other.url}/invoices?page=2")
        assert other.requests == []
    finally:
        other.stop()


def test_numbers_keep_their_digits(server: FakeServer, client: HttpClient) -> None:
    server.plan = [Reply('{"amount": 12500.10, "large": 12345678901234567890.123456789, "tiny": 1e-7, "n": 10}')]
    answer = client.get_json("invoices", "invoices")
    assert answer == {"amount": "12500.10", "large": "12345678901234567890.123456789", "tiny": "1e-7", "n": "10"}


def test_text_is_utf_8_even_where_the_server_does_not_say_so(server: FakeServer, client: HttpClient) -> None:
    server.plan = [Reply('{"name": "Müller & Söhne 株式会社"}'.encode(), content_type="text/plain")]
    assert client.get_json("customers", "customers") == {"name": "Müller & Söhne 株式会社"}


@given(
    st.integers(1, 20),
    st.lists(st.tuples(st.floats(0, 0.9), st.floats(0, 1)), min_size=30, max_size=80),
)
def test_no_second_of_the_server_has_too_many_requests_however_the_network_delays(
    per_second: int, exchanges: list[tuple[float, float]]
) -> None:
    clock = FastClock()
    pacer = Pacer(RequestBudget(requests_per_second=per_second, requests_per_day=1000), clock)
    arrivals = []
    for duration, share_of_it_on_the_way in exchanges:
        with pacer.turn():
            arrivals.append(clock.now() + duration * share_of_it_on_the_way)
            clock.sleep(duration)
    for earlier, later in zip(arrivals, arrivals[per_second:], strict=False):
        assert later - earlier >= 1 - 1e-9


def test_a_turn_that_comes_while_its_wait_is_worked_out_does_not_wait() -> None:
    class GoingOn(FastClock):
        def now(self) -> float:
            self._now += 0.6  # every question takes some of the second between two requests
            return self._now

    pacer = Pacer(RequestBudget(requests_per_second=1, requests_per_day=1000), GoingOn())
    for _ in range(5):
        with pacer.turn():
            pass
    assert pacer.requests == 5


def test_the_rate_never_exceeds_the_budget(server: FakeServer, clock: FastClock) -> None:
    client = make_client(server.url, clock, budget=RequestBudget(requests_per_second=4, requests_per_day=1000))
    starts = []
    for _ in range(20):
        server.plan = [Reply({})]
        client.get_json("invoices", "invoices")
        starts.append(clock.now())
    in_any_second = max(sum(start <= other < start + 1 for other in starts) for start in starts)
    assert in_any_second <= 4


def test_retries_count_against_the_budget_and_the_day_has_an_end(server: FakeServer, clock: FastClock) -> None:
    client = make_client(server.url, clock, budget=RequestBudget(requests_per_second=1000, requests_per_day=3))
    server.plan = [Reply("down", 503)] * 9
    with pytest.raises(SourceRefused, match="budget of 3 requests is used up"):
        client.get_json("invoices", "invoices")
    assert len(server.requests) == 3


def test_what_was_asked_earlier_in_the_day_counts_too(server: FakeServer, clock: FastClock) -> None:
    budget = RequestBudget(requests_per_second=1000, requests_per_day=10)
    client = make_client(server.url, clock, budget=budget, requests_before=9)
    server.plan = [Reply({}), Reply({})]
    client.get_json("invoices", "invoices")
    with pytest.raises(SourceRefused, match="budget of 10 requests is used up"):
        client.get_json("invoices", "invoices")


def test_no_secret_is_in_an_error_its_context_or_a_log_line(
    server: FakeServer, client: HttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.plan = [Reply(f"user robot with password {PASSWORD} is locked", 503)] * 4
    with pytest.raises(SourceUnavailable) as unavailable:
        client.get_json("invoices", f"invoices?password={PASSWORD}&x=1")
    told = f"{unavailable.value!s} {unavailable.value!r} {caplog.text}"
    assert PASSWORD not in told
    assert Basic(SecretStr("robot"), SecretStr(PASSWORD))._value.get_secret_value() not in told
    assert unavailable.value.__context__ is None
    assert "[secret]" in told


def test_netrc_is_not_consulted(
    server: FakeServer, clock: FastClock, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server.plan = [Reply({})]
    make_client(server.url, clock, auth=None).get_json("rates", "rates")
    assert "Authorization" not in server.requests[0].headers
