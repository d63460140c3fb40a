"""How clients of NetSuite prove who they are: OAuth 1.0a with signed requests, or OAuth 2.0 tokens for a signed JWT."""

import base64
import hashlib
import hmac
import re
import secrets
import threading
from urllib.parse import parse_qsl, quote, unquote

import jwt
from starlette.responses import Response

from dlt_sources.sandbox.servers.context import Sandbox
from dlt_sources.sandbox.servers.web import Call, json_response

_PARAMETER = re.compile(r'\s*([A-Za-z_]+)="([^"]*)"\s*(?:,|$)')
_CLOCK_SKEW_SECONDS = 300
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# RS256 is not among them: NetSuite wants RSA-PSS or elliptic curves.
_ALGORITHMS = ["PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
_LONGEST_ASSERTION_SECONDS = 3600


class Logins:
    """Checks requests; `is_known` says whether one is signed by a user of the account."""

    def __init__(self, sandbox: Sandbox, system: str):
        self._sandbox = sandbox
        self._system = system
        self._lock = threading.Lock()
        self._nonces: set[str] = set()
        self._tokens: dict[str, float] = {}  # access token → when it ends

    def end_all(self) -> None:
        """Every token ends now."""
        with self._lock:
            self._tokens.clear()

    def is_known(self, call: Call) -> bool:
        """Whether the request carries a live token, or a signature made with the secrets for this very request."""
        scheme, _, rest = call.headers.get("authorization", "").partition(" ")
        if scheme == "Bearer":
            with self._lock:
                return self._tokens.get(rest, 0) > self._sandbox.time()
        return scheme == "OAuth" and self._is_signed(call, rest)

    def _is_signed(self, call: Call, header: str) -> bool:
        expected = self._sandbox.credentials[self._system]
        given = {name: unquote(value) for name, value in _PARAMETER.findall(header)}
        signature = given.pop("oauth_signature", "")
        if (
            given.pop("realm", None) != expected["account"]
            or given.get("oauth_consumer_key") != expected["consumer_key"]
            or given.get("oauth_token") != expected["token_id"]
            or given.get("oauth_signature_method") != "HMAC-SHA256"
            or given.get("oauth_version") != "1.0"
            or not given.get("oauth_timestamp", "").isdigit()
            or abs(int(given["oauth_timestamp"]) - self._sandbox.time()) > _CLOCK_SKEW_SECONDS
        ):
            return False
        parameters = sorted(
            (quote(name, safe="~"), quote(value, safe="~"))
            for name, value in [*call.query.multi_items(), *given.items()]
        )
        base = "&".join(
            quote(part, safe="~")
            for part in (
                call.method.upper(),
                call.origin + call.path,
                "&".join(f"{name}={value}" for name, value in parameters),
            )
        )
        key = "&".join(quote(expected[secret], safe="~") for secret in ("consumer_secret", "token_secret"))
        right = base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha256).digest()).decode()
        if not hmac.compare_digest(right, signature):
            return False
        with self._lock:
            seen = f"{given['oauth_timestamp']} {given.get('oauth_nonce', '')}"
            is_new = bool(given.get("oauth_nonce")) and seen not in self._nonces
            self._nonces.add(seen)
        return is_new

    def token(self, call: Call) -> Response:
        """An access token for an assertion signed with the key whose certificate the account knows."""
        form = dict(parse_qsl(call.body.decode()))
        expected = self._sandbox.credentials[self._system]
        if form.get("grant_type") != "client_credentials":
            return json_response({"error": "unsupported_grant_type"}, 400)
        if form.get("client_assertion_type") != _ASSERTION_TYPE or "client_assertion" not in form:
            return json_response({"error": "invalid_request"}, 400)
        try:
            header = jwt.get_unverified_header(form["client_assertion"])
            # Real time as the tokens' own: the library compares `exp` and `iat` with it.
            claims = jwt.decode(
                form["client_assertion"],
                expected.get("public_key", ""),
                algorithms=_ALGORITHMS,
                audience=call.origin + call.path,
                issuer=expected.get("client_id"),
                options={"require": ["iss", "scope", "aud", "iat", "exp"]},
            )
        except (jwt.InvalidTokenError, jwt.InvalidKeyError, ValueError):
            return json_response({"error": "invalid_client"}, 401)
        scope = claims["scope"] if isinstance(claims["scope"], list) else str(claims["scope"]).replace(",", " ").split()
        if (
            header.get("kid") != expected.get("certificate_id")
            or claims["exp"] - claims["iat"] > _LONGEST_ASSERTION_SECONDS
            or "rest_webservices" not in scope
        ):
            return json_response({"error": "invalid_grant"}, 400)
        token = secrets.token_urlsafe(48)
        seconds = self._sandbox.limits.netsuite_token_seconds
        with self._lock:
            self._tokens[token] = self._sandbox.time() + seconds
        return json_response({"access_token": token, "expires_in": int(seconds), "token_type": "Bearer"})
