"""Ways to prove who we are: a password, a key, or a token that is fetched, renewed and may be revoked early."""

from __future__ import annotations

import base64
from typing import Any

from pydantic import SecretStr

from dlt_sources.errors import ContractBreach, SourceRefused
from dlt_sources.protocols.answers import json_body
from dlt_sources.protocols.http import Auth, HttpClient, NoAuth
from dlt_sources.spec import AuthSpec

# A token about to expire is renewed before a request, not after its refusal.
EARLY_RENEWAL_SECONDS = 60


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

    def sign(self, client: HttpClient, headers: dict[str, str]) -> None:
        """Add the header, fetching the first token when there is none."""
        if self._token is None:
            self.renew(client)
        headers["Authorization"] = f"{self._spec.scheme} {self._token.get_secret_value()}"

    def renew(self, client: HttpClient) -> bool:
        """Fetch a new token."""
        answer = client.send(
            "POST",
            self._token_url,
            resource=None,
            headers={"Authorization": basic_header(self._client_id, self._client_secret), "Accept": "application/json"},
            form={"grant_type": "client_credentials"},
            parse=json_body,
            signed=False,
        )
        self._token = _token_in(client, answer, "access_token")
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


def basic_header(user: SecretStr, password: SecretStr) -> str:
    """Return the Authorization header of HTTP Basic."""
    pair = f"{user.get_secret_value()}:{password.get_secret_value()}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def make_auth(spec: AuthSpec, secrets: dict[str, SecretStr], auth_url: str) -> Auth:
    """Return what signs the requests of an instance."""
    if spec.kind == "basic":
        return Basic(secrets["user"], secrets["password"])
    if spec.kind == "bearer_key":
        return BearerKey(secrets["api_key"])
    if spec.kind == "client_credentials":
        return ClientCredentials(spec, secrets["client_id"], secrets["client_secret"], auth_url)
    if spec.kind == "session_token":
        return SessionToken(spec, secrets["user"], secrets["password"], auth_url)
    return NoAuth()


def _token_in(client: HttpClient, answer: dict[str, Any], member: str) -> SecretStr:
    token = answer.get(member)
    if not token:
        raise client.error(ContractBreach, None, f"the token answer has no {member}")
    client.redact.add(token)
    return SecretStr(token)
