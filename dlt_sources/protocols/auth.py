"""Ways to prove who we are: a password, a key, or a token that is fetched, renewed and may be revoked early."""

from __future__ import annotations

import base64
import hashlib
import hmac
import math
from collections.abc import Mapping
from secrets import token_hex
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import jwt
from pydantic import SecretStr

from dlt_sources.errors import ContractBreach, SourceRefused
from dlt_sources.protocols.answers import json_body
from dlt_sources.protocols.http import Auth, HttpClient, NoAuth
from dlt_sources.spec import AuthSpec

# A token about to expire is renewed before a request, not after its refusal.
EARLY_RENEWAL_SECONDS = 60
ASSERTION_SECONDS = 3600  # the longest an assertion may be valid


class Basic:
    """User and password on every request."""

    def __init__(self, user: SecretStr, password: SecretStr) -> None:
        self._value = SecretStr(basic_header(user, password))

    def sign(self, client: HttpClient, headers: dict[str, str]) -> None:
        """Add the header."""
        headers["Authorization"] = self._value.get_secret_value()

    def renew(self, client: HttpClient) -> bool:
        """A refused password stays refused."""
        return False


class BearerKey:
    """A key that does not expire."""

    def __init__(self, key: SecretStr) -> None:
        self._key = key

    def sign(self, client: HttpClient, headers: dict[str, str]) -> None:
        """Add the header."""
        headers["Authorization"] = f"Bearer {self._key.get_secret_value()}"

    def renew(self, client: HttpClient) -> bool:
        """A refused key stays refused."""
        return False


class ClientCredentials:
    """OAuth 2.0 client credentials; the token's answer may say where the API lives (`instance_url`)."""

    def __init__(self, spec: AuthSpec, client_id: SecretStr, client_secret: SecretStr, auth_url: str) -> None:
        self._spec = spec
        self._client_id = client_id
        self._client_secret = client_secret
        self._token_url = f"{auth_url.rstrip('/')}/{spec.token_path.lstrip('/')}"
        self._token: SecretStr | None = None
        self._expires_at = math.inf

    def sign(self, client: HttpClient, headers: dict[str, str]) -> None:
        """Add the header, fetching a token when there is none or it says that it is about to expire."""
        if self._token is None or client.clock.epoch() > self._expires_at - EARLY_RENEWAL_SECONDS:
            self.renew(client)
        headers["Authorization"] = f"{self._spec.scheme} {self._token.get_secret_value()}"

    def renew(self, client: HttpClient) -> bool:
        """Fetch a new token."""
        headers, form = {"Accept": "application/json"}, {"grant_type": "client_credentials"}
        if self._spec.scope:
            form["scope"] = self._spec.scope
        if self._spec.sent_in == "form":
            form["client_id"] = self._client_id.get_secret_value()
            form["client_secret"] = self._client_secret.get_secret_value()
        else:
            headers["Authorization"] = basic_header(self._client_id, self._client_secret)
        asked_at = client.clock.epoch()
        answer = client.send(
            "POST", self._token_url, resource=None, headers=headers, form=form, parse=json_body, signed=False
        )
        self._token = _token_in(client, answer, "access_token")
        self._expires_at = asked_at + int(answer["expires_in"]) if answer.get("expires_in") else math.inf
        if answer.get("instance_url"):
            client.move_to(answer["instance_url"])
        return True


class SessionToken:
    """A token bought with user and password, refreshed while it lives and bought anew when it died early."""

    def __init__(self, spec: AuthSpec, user: SecretStr, password: SecretStr, auth_url: str) -> None:
        self._spec = spec
        self._user = user
        self._password = password
        self._auth_url = auth_url.rstrip("/")
        self._token: SecretStr | None = None
        self._expires_at = 0.0

    def sign(self, client: HttpClient, headers: dict[str, str]) -> None:
        """Add the header, logging in or refreshing first where needed."""
        if self._token is None:
            self.renew(client)
        elif client.clock.epoch() > self._expires_at - EARLY_RENEWAL_SECONDS:
            self._refresh(client)
        headers["Authorization"] = self._header()

    def renew(self, client: HttpClient) -> bool:
        """Log in."""
        self._take(client, self._spec.token_path, basic_header(self._user, self._password))
        return True

    def _refresh(self, client: HttpClient) -> None:
        """Extend the token; a token that is already dead is replaced by a login."""
        try:
            self._take(client, self._spec.refresh_path, self._header())
        except SourceRefused:
            self.renew(client)

    def _take(self, client: HttpClient, path: str, authorization: str) -> None:
        answer = client.send(
            "POST",
            f"{self._auth_url}/{path.lstrip('/')}",
            resource=None,
            headers={"Authorization": authorization},
            parse=json_body,
            signed=False,
        )
        token = answer.get("tokenInfo") or {}
        self._token = _token_in(client, token, "tokenValue")
        self._expires_at = int(token.get("expiresAt", "0")) / 1000

    def _header(self) -> str:
        return f"{self._spec.scheme} {self._token.get_secret_value()}"


class SignedRequests:
    """OAuth 1.0a with tokens that do not expire: every request is signed with HMAC-SHA256 over method and address."""

    def __init__(self, realm: str, secrets: dict[str, SecretStr]) -> None:
        self._realm = realm
        self._consumer_key, self._token = secrets["consumer_key"], secrets["token_id"]
        pair = (secrets["consumer_secret"], secrets["token_secret"])
        self._key = SecretStr("&".join(_escaped(secret.get_secret_value()) for secret in pair))

    def sign(self, client: HttpClient, headers: dict[str, str]) -> None:
        """The signature needs the address: see sign_whole."""

    def sign_whole(self, client: HttpClient, headers: dict[str, str], method: str, url: str) -> None:
        """Add the header of RFC 5849, section 3; the parameters of the address are part of what is signed."""
        protocol = {
            "oauth_consumer_key": self._consumer_key.get_secret_value(),
            "oauth_token": self._token.get_secret_value(),
            "oauth_signature_method": "HMAC-SHA256",
            "oauth_timestamp": str(int(client.clock.epoch())),
            "oauth_nonce": token_hex(16),
            "oauth_version": "1.0",
        }
        parts = urlsplit(url)
        pairs = [*parse_qsl(parts.query, keep_blank_values=True), *protocol.items()]
        parameters = sorted((_escaped(name), _escaped(value)) for name, value in pairs)
        address = f"{parts.scheme}://{parts.netloc}{parts.path}"
        base = "&".join(_escaped(part) for part in (method, address, "&".join("=".join(pair) for pair in parameters)))
        digest = hmac.new(self._key.get_secret_value().encode(), base.encode(), hashlib.sha256).digest()
        protocol["oauth_signature"] = base64.b64encode(digest).decode()
        stated = [("realm", self._realm), *((name, _escaped(value)) for name, value in protocol.items())]
        headers["Authorization"] = "OAuth " + ", ".join(f'{name}="{value}"' for name, value in stated)

    def renew(self, client: HttpClient) -> bool:
        """A refused token stays refused."""
        return False


class SignedAssertion:
    """OAuth 2.0 client credentials for an assertion signed with our private key (PS256); a new one for every token."""

    def __init__(self, spec: AuthSpec, secrets: dict[str, SecretStr], auth_url: str) -> None:
        self._spec = spec
        self._secrets = secrets
        self._token_url = f"{auth_url.rstrip('/')}/{spec.token_path.lstrip('/')}"
        self._token: SecretStr | None = None
        self._expires_at = 0.0

    def sign(self, client: HttpClient, headers: dict[str, str]) -> None:
        """Add the header, fetching a token when there is none or it is about to expire."""
        if self._token is None or client.clock.epoch() > self._expires_at - EARLY_RENEWAL_SECONDS:
            self.renew(client)
        headers["Authorization"] = f"{self._spec.scheme} {self._token.get_secret_value()}"

    def renew(self, client: HttpClient) -> bool:
        """Fetch a new token; raise SourceRefused when the private key is none."""
        now = int(client.clock.epoch())
        claims = {
            "iss": self._secrets["client_id"].get_secret_value(),
            "scope": [self._spec.scope],
            "aud": self._token_url,
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
        }
        header = {"kid": self._secrets["certificate_id"].get_secret_value()}
        try:
            assertion = jwt.encode(claims, self._secrets["private_key"].get_secret_value(), "PS256", headers=header)
        except (jwt.InvalidKeyError, ValueError, TypeError):
            assertion = None
        if assertion is None:  # raised out here, so that the error's context holds no key
            raise client.error(SourceRefused, None, "private_key is not an RSA key in PEM form")
        answer = client.send(
            "POST",
            self._token_url,
            resource=None,
            headers={"Accept": "application/json"},
            form={
                "grant_type": "client_credentials",
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": assertion,
            },
            parse=json_body,
            signed=False,
        )
        self._token = _token_in(client, answer, "access_token")
        self._expires_at = now + int(answer.get("expires_in", ASSERTION_SECONDS))
        return True


def basic_header(user: SecretStr, password: SecretStr) -> str:
    """Return the Authorization header of HTTP Basic."""
    pair = f"{user.get_secret_value()}:{password.get_secret_value()}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def make_auth(
    spec: AuthSpec, secrets: dict[str, SecretStr], auth_url: str, options: Mapping[str, Any] | None = None
) -> Auth:
    """Return what signs the requests of an instance; `options` fill the realm and the scope."""
    spec = spec.meant_by(secrets)
    filled = {name: getattr(spec, name).format(**(options or {})) for name in ("realm", "scope")}
    spec = spec.model_copy(update=filled)
    if spec.kind == "basic":
        return Basic(secrets["user"], secrets["password"])
    if spec.kind == "basic_key":  # the key is the user, and there is no password
        return Basic(secrets["api_key"], SecretStr(""))
    if spec.kind == "bearer_key":
        return BearerKey(secrets["api_key"])
    if spec.kind == "client_credentials":
        return ClientCredentials(spec, secrets["client_id"], secrets["client_secret"], auth_url)
    if spec.kind == "session_token":
        return SessionToken(spec, secrets["user"], secrets["password"], auth_url)
    if spec.kind == "signed_requests":
        return SignedRequests(spec.realm, secrets)
    if spec.kind == "signed_assertion":
        return SignedAssertion(spec, secrets, auth_url)
    return NoAuth()


def _escaped(text: str) -> str:
    """Return the text with everything escaped but letters, digits, hyphen, dot, underscore and tilde (RFC 3986)."""
    return quote(text, safe="~")


def _token_in(client: HttpClient, answer: dict[str, Any], member: str) -> SecretStr:
    token = answer.get(member)
    if not token:
        raise client.error(ContractBreach, None, f"the token answer has no {member}")
    client.redact.add(token)
    return SecretStr(token)
