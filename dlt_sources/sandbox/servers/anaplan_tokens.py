"""Anaplan's authentication host: tokens that live 35 minutes, are refreshed under the same value, and die at logout."""

import secrets
import threading
import uuid

from starlette.datastructures import Headers
from starlette.responses import Response

from dlt_sources.sandbox.servers.context import Sandbox
from dlt_sources.sandbox.servers.web import Call, basic_credentials, json_response

SYSTEM = "anaplan"
USER_GUID = "4a1c2f5e8b7d4c3a9e6f1d0b2a3c4e5f"


class TokenHost:
    """Gives and checks tokens; `answer` serves `/token/{action}`."""

    def __init__(self, sandbox: Sandbox):
        self._sandbox = sandbox
        self._lock = threading.RLock()
        self._tokens: dict[str, tuple[str, float]] = {}  # token value → (token id, when it ends)

    def admits(self, headers: Headers) -> bool:
        """Whether the Authorization header carries a living token; the API takes both schemes."""
        scheme, _, value = headers.get("authorization", "").partition(" ")
        with self._lock:
            held = self._tokens.get(value)
        return scheme in ("AnaplanAuthToken", "Bearer") and held is not None and held[1] > self._sandbox.time()

    def end_all(self) -> None:
        with self._lock:
            self._tokens.clear()

    def answer(self, call: Call) -> Response:
        action = call.parameters["action"]
        if action == "authenticate" and call.method == "POST":
            return self._authenticate(call)
        scheme, _, value = call.headers.get("authorization", "").partition(" ")
        if scheme != "AnaplanAuthToken":
            status = 401 if action == "logout" else 400
            return json_response(
                {"status": "FAILURE_BAD_HEADER", "statusMessage": "Authorization header is invalid"}, status
            )
        with self._lock:
            held = self._tokens.get(value)
            if held is None or held[1] <= self._sandbox.time():
                return _bad_credential("Token not found or expired")
            match action, call.method:
                case "refresh", "POST":
                    return self._token_answer(call, 200, "Token refreshed", value, held[0])
                case "validate", "GET":
                    return json_response(
                        {
                            "status": "SUCCESS",
                            "statusMessage": "Token validated",
                            "tokenInfo": {"expiresAt": int(held[1] * 1000), "tokenId": held[0]},
                            "userInfo": {
                                "userGuid": USER_GUID,
                                "userId": self._sandbox.credentials[SYSTEM]["user"],
                                "customerGuid": USER_GUID[::-1],
                            },
                        }
                    )
                case "logout", "POST":
                    del self._tokens[value]
                    return Response(status_code=204)
        return json_response({"status": "FAILURE_BAD_REQUEST", "statusMessage": "Not found"}, 404)

    def _authenticate(self, call: Call) -> Response:
        expected = self._sandbox.credentials[SYSTEM]
        given = basic_credentials(call.headers)
        if given is None:
            return json_response(
                {"status": "FAILURE_BAD_HEADER", "statusMessage": "Authorization header is invalid"}, 400
            )
        if given != (expected["user"], expected["password"]):
            return _bad_credential("Invalid credentials")
        return self._token_answer(call, 201, "Login successful", secrets.token_urlsafe(48), str(uuid.uuid4()))

    def _token_answer(self, call: Call, status: int, message: str, value: str, identity: str) -> Response:
        """Gives the token a whole new life; refreshing keeps its value."""
        ends_at = self._sandbox.time() + self._sandbox.limits.anaplan_token_seconds
        with self._lock:
            self._tokens[value] = (identity, ends_at)
        root = f"{call.origin}{call.path.rpartition('/token/')[0]}"
        return json_response(
            {
                "meta": {"validationUrl": f"{root}/token/validate"},
                "status": "SUCCESS",
                "statusMessage": message,
                "tokenInfo": {
                    "expiresAt": int(ends_at * 1000),
                    "tokenId": identity,
                    "tokenValue": value,
                    "refreshTokenId": str(uuid.uuid4()),
                },
            },
            status,
        )


def _bad_credential(message: str) -> Response:
    return json_response({"status": "FAILURE_BAD_CREDENTIAL", "statusMessage": message}, 401)
