"""Tokens are fetched once, renewed when refused or about to expire, and a refused login is one clear error."""

from __future__ import annotations

import re
from urllib.parse import parse_qs

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from oauthlib.oauth1 import Client
from pydantic import SecretStr

from dlt_sources.errors import SourceRefused
from dlt_sources.protocols.auth import make_auth
from dlt_sources.protocols.http import HttpClient
from dlt_sources.protocols.pace import RetryPolicy
from dlt_sources.protocols.redaction import Redactor
from dlt_sources.spec import AuthSpec, RequestBudget
from tests.dlt_sources.fakes import FakeServer, FastClock, Reply, Request

OAUTH = AuthSpec(kind="client_credentials", token_path="oauth/token")
SESSION = AuthSpec(kind="session_token", token_path="token/login", refresh_path="token/refresh", scheme="AcmeToken")


def make_client(server: FakeServer, clock: FastClock, spec: AuthSpec) -> HttpClient:
    secrets = {name: SecretStr(f"the-{name}") for name in spec.credentials}
    return HttpClient(
        system="acme_crm",
        instance="crm_group",
        base_url=f"{server.url}/login",
        budget=RequestBudget(requests_per_second=1000, requests_per_day=1000),
        auth=make_auth(spec, secrets, f"{server.url}/auth"),
        retry=RetryPolicy(attempts=2),
        redact=Redactor(secret.get_secret_value() for secret in secrets.values()),
        clock=clock,
    )


def oauth_server(server: FakeServer, valid: str = "token-1") -> None:
    """A server that hands out token-1, token-2, … and accepts only the valid one."""
    count = iter(range(1, 100))
    server.routes["/auth/oauth/token"] = lambda _: Reply(
        {"access_token": f"token-{next(count)}", "instance_url": f"{server.url}/api"}
    )
    server.routes["/api/deals"] = lambda request: (
        Reply({"deals": []})
        if request.headers["Authorization"] == f"Bearer {valid}"
        else Reply([{"errorCode": "INVALID_SESSION_ID", "message": "Session expired"}], 401)
    )


def test_client_and_secret_go_in_the_form_where_the_system_wants_them_there(
    server: FakeServer, clock: FastClock
) -> None:
    oauth_server(server)
    spec = OAUTH.model_copy(update={"sent_in": "form", "scope": "read all"})
    make_client(server, clock, spec).get_json("deals", f"{server.url}/api/deals")
    asked = server.requests[0]
    assert "Authorization" not in asked.headers
    assert parse_qs(asked.body) == {
        "grant_type": ["client_credentials"],
        "scope": ["read all"],
        "client_id": ["the-client_id"],
        "client_secret": ["the-client_secret"],
    }


def test_a_scope_goes_with_the_request_for_a_token_where_the_system_names_one(
    server: FakeServer, clock: FastClock
) -> None:
    oauth_server(server)
    for scope in ("", "https://acme.example/.default"):
        make_client(server, clock, OAUTH.model_copy(update={"scope": scope})).get_json(
            "deals", f"{server.url}/api/deals"
        )
        sent = parse_qs(next(request.body for request in server.requests if request.method == "POST"))
        assert sent.get("scope", [""]) == [scope]
        server.requests.clear()
        oauth_server(server)


def test_client_credentials_go_into_the_form_where_the_system_wants_them_there_and_nowhere_else(
    server: FakeServer, clock: FastClock
) -> None:
    oauth_server(server)
    make_client(server, clock, OAUTH.model_copy(update={"sent_in": "form"})).get_json(
        "deals", f"{server.url}/api/deals"
    )
    sent = server.requests[0]
    assert parse_qs(sent.body) == {
        "grant_type": ["client_credentials"],
        "client_id": ["the-client_id"],
        "client_secret": ["the-client_secret"],
    }
    assert "Authorization" not in sent.headers


def test_a_token_that_says_when_it_expires_is_replaced_before(server: FakeServer, clock: FastClock) -> None:
    count = iter(range(1, 10))
    server.routes["/auth/oauth/token"] = lambda _: Reply({"access_token": f"token-{next(count)}", "expires_in": 3598})
    server.routes["/login/deals"] = Reply({})
    client = make_client(server, clock, OAUTH)
    for seconds in (0, 3000, 700):
        clock.sleep(seconds)
        client.get_json("deals", "deals")
    used = [request.headers["Authorization"] for request in server.requests if request.method == "GET"]
    assert used == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]


def test_a_scope_may_be_the_address_of_the_instance() -> None:
    spec = OAUTH.model_copy(update={"scope": "{origin}/.default"})
    secrets = {name: SecretStr(name) for name in spec.credentials}
    auth = make_auth(spec, secrets, "https://login.example", {"origin": "https://acme.example"})
    assert auth._spec.scope == "https://acme.example/.default"


def session_server(server: FakeServer, clock: FastClock, lifetime: int = 2100) -> dict[str, str]:
    """A server whose tokens live `lifetime` seconds; `state['valid']` is the one it accepts."""
    state = {"valid": "", "count": "0"}

    def give(_: Request) -> Reply:
        state["count"] = str(int(state["count"]) + 1)
        state["valid"] = f"session-{state['count']}"
        return Reply(
            {"tokenInfo": {"tokenValue": state["valid"], "expiresAt": int((clock.epoch() + lifetime) * 1000)}}, 201
        )

    server.routes["/auth/token/login"] = give
    server.routes["/auth/token/refresh"] = lambda request: (
        give(request)
        if request.headers["Authorization"] == f"AcmeToken {state['valid']}"
        else Reply({"status": "FAILURE_BAD_CREDENTIAL", "statusMessage": "expired"}, 401)
    )
    server.routes["/login/lists"] = lambda request: (
        Reply({"lists": []})
        if request.headers["Authorization"] == f"AcmeToken {state['valid']}"
        else Reply({"status": {"code": 401, "message": "expired"}}, 401)
    )
    return state


def paths(server: FakeServer) -> list[str]:
    return [request.path for request in server.requests]


def test_client_credentials_are_exchanged_once_and_the_api_address_is_the_servers(
    server: FakeServer, clock: FastClock
) -> None:
    oauth_server(server)
    client = make_client(server, clock, OAUTH)
    client.get_json("deals", "deals")
    client.get_json("deals", "deals")
    assert paths(server) == ["/auth/oauth/token", "/api/deals", "/api/deals"]


def test_an_expired_session_is_renewed_and_the_request_repeated_once(server: FakeServer, clock: FastClock) -> None:
    oauth_server(server, valid="token-2")
    assert make_client(server, clock, OAUTH).get_json("deals", "deals") == {"deals": []}
    assert paths(server) == ["/auth/oauth/token", "/api/deals", "/auth/oauth/token", "/api/deals"]


def test_a_token_refused_twice_is_a_refusal(server: FakeServer, clock: FastClock) -> None:
    oauth_server(server, valid="never")
    with pytest.raises(SourceRefused, match="INVALID_SESSION_ID: Session expired"):
        make_client(server, clock, OAUTH).get_json("deals", "deals")
    assert paths(server).count("/api/deals") == 2


def test_a_refused_login_is_one_clear_error_without_the_secret(server: FakeServer, clock: FastClock) -> None:
    server.routes["/auth/oauth/token"] = Reply(
        {"error": "invalid_client", "error_description": "the-client_secret"}, 400
    )
    with pytest.raises(SourceRefused, match="invalid_client") as refused:
        make_client(server, clock, OAUTH).get_json("deals", "deals")
    assert "the-client_secret" not in str(refused.value)
    assert len(server.requests) == 1


def test_the_token_server_may_not_lead_away_from_https(server: FakeServer, clock: FastClock) -> None:
    client = make_client(server, clock, OAUTH)
    client.base_url = "https://crm.example.com"
    with pytest.raises(SourceRefused, match="not https"):
        client.move_to("http://elsewhere.example.com")


def test_a_session_token_is_refreshed_before_it_expires(server: FakeServer, clock: FastClock) -> None:
    session_server(server, clock)
    client = make_client(server, clock, SESSION)
    client.get_json("lists", "lists")
    clock.sleep(2050)
    client.get_json("lists", "lists")
    assert paths(server) == ["/auth/token/login", "/login/lists", "/auth/token/refresh", "/login/lists"]


def test_a_session_that_died_early_is_bought_anew(server: FakeServer, clock: FastClock) -> None:
    state = session_server(server, clock)
    client = make_client(server, clock, SESSION)
    client.get_json("lists", "lists")
    state["valid"] = "revoked"
    assert client.get_json("lists", "lists") == {"lists": []}
    assert paths(server)[2:] == ["/login/lists", "/auth/token/login", "/login/lists"]


def test_a_session_too_old_to_refresh_is_bought_anew(server: FakeServer, clock: FastClock) -> None:
    state = session_server(server, clock)
    client = make_client(server, clock, SESSION)
    client.get_json("lists", "lists")
    state["valid"] = "expired"
    clock.sleep(9000)
    assert client.get_json("lists", "lists") == {"lists": []}


def test_tokens_are_masked_as_soon_as_they_are_known(server: FakeServer, clock: FastClock) -> None:
    oauth_server(server)
    client = make_client(server, clock, OAUTH)
    client.get_json("deals", "deals")
    assert client.redact("token-1 expired") == "[secret] expired"


@pytest.mark.parametrize(
    "spec", [OAUTH, SESSION, AuthSpec(kind="basic"), AuthSpec(kind="basic_key"), AuthSpec(kind="bearer_key")]
)
def test_no_way_to_sign_shows_its_secret(spec: AuthSpec) -> None:
    auth = make_auth(spec, {name: SecretStr(f"the-{name}") for name in spec.credentials}, "http://localhost")
    shown = repr(vars(auth)) + repr(auth)
    assert "the-" not in shown


def test_a_key_may_be_the_user_of_basic_without_a_password(server: FakeServer, clock: FastClock) -> None:
    server.routes["/login/deals"] = Reply({"deals": []})
    make_client(server, clock, AuthSpec(kind="basic_key")).get_json("deals", "deals")
    assert server.requests[0].headers["Authorization"] == "Basic dGhlLWFwaV9rZXk6"  # the-api_key:


SIGNED = AuthSpec(
    kind="signed_requests",
    realm="{account}",
    or_else=AuthSpec(kind="signed_assertion", token_path="oauth2/token", scope="rest_webservices"),
)


def signing_client(server: FakeServer, clock: FastClock, secrets: dict[str, str]) -> HttpClient:
    hidden = {name: SecretStr(value) for name, value in secrets.items()}
    return HttpClient(
        system="acme_erp",
        instance="erp_group",
        base_url=server.url,
        budget=RequestBudget(requests_per_second=1000, requests_per_day=1000),
        auth=make_auth(SIGNED, hidden, server.url, {"account": "1234567_SB1"}),
        retry=RetryPolicy(attempts=2),
        redact=Redactor(secrets.values()),
        clock=clock,
    )


def test_a_known_library_makes_the_same_signature(server: FakeServer, clock: FastClock) -> None:
    secrets = {name: f"the {name}/&=" for name in SIGNED.credentials}
    server.routes["/deals"] = Reply({"deals": []})
    signing_client(server, clock, secrets).get_json("deals", "deals", {"q": "a b~c/ü", "limit": 5})
    (request,) = server.requests
    stated = dict(re.findall(r'(\w+)="([^"]*)"', request.headers["Authorization"]))
    assert stated["realm"] == "1234567_SB1"
    again = Client(
        secrets["consumer_key"],
        secrets["consumer_secret"],
        secrets["token_id"],
        secrets["token_secret"],
        signature_method="HMAC-SHA256",
        realm="1234567_SB1",
        nonce=stated["oauth_nonce"],
        timestamp=stated["oauth_timestamp"],
    )
    _, headers, _ = again.sign(f"{server.url}/deals?q=a%20b~c%2F%C3%BC&limit=5", "GET")
    assert dict(re.findall(r'(\w+)="([^"]*)"', headers["Authorization"])) == stated


def test_every_attempt_is_signed_anew(server: FakeServer, clock: FastClock) -> None:
    replies = [Reply({}, 503), Reply({"deals": []})]
    server.routes["/deals"] = lambda _: replies.pop(0)
    signing_client(server, clock, dict.fromkeys(SIGNED.credentials, "s")).get_json("deals", "deals")
    first, second = (request.headers["Authorization"] for request in server.requests)
    assert first != second


def test_the_credentials_say_which_way_is_meant_and_a_key_that_is_none_is_told_without_it(
    server: FakeServer, clock: FastClock
) -> None:
    secrets = {"client_id": "client", "certificate_id": "certificate", "private_key": "not-a-key-77"}
    with pytest.raises(SourceRefused, match="not an RSA key") as caught:
        signing_client(server, clock, secrets).get_json("deals", "deals")
    assert "not-a-key-77" not in str(caught.value) and caught.value.__context__ is None
    assert server.requests == []


def test_an_assertion_buys_a_token_which_is_renewed_before_it_ends(server: FakeServer, clock: FastClock) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    count = iter(range(1, 9))
    server.routes["/oauth2/token"] = lambda _: Reply({"access_token": f"token-{next(count)}", "expires_in": "3600"})
    server.routes["/deals"] = Reply({"deals": []})
    client = signing_client(server, clock, {"client_id": "client", "certificate_id": "cert", "private_key": pem})
    client.get_json("deals", "deals")
    clock.sleep(3000)
    client.get_json("deals", "deals")
    clock.sleep(590)
    client.get_json("deals", "deals")
    used = [request.headers["Authorization"] for request in server.requests if request.path == "/deals"]
    assert used == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]
    form = parse_qs(next(request for request in server.requests if request.path == "/oauth2/token").body)
    assertion = form["client_assertion"][0]
    assert jwt.get_unverified_header(assertion) == {"alg": "PS256", "kid": "cert", "typ": "JWT"}
    claims = jwt.decode(
        assertion,
        key.public_key(),
        algorithms=["PS256"],
        audience=f"{server.url}/oauth2/token",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert (claims["iss"], claims["scope"], claims["exp"] - claims["iat"]) == ("client", ["rest_webservices"], 3600)
