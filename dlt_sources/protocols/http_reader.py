"""A reader that talks HTTP: one client per instance, made from the system's card and the instance's settings."""

from __future__ import annotations

from typing import ClassVar

import requests

from dlt_sources.errors import ConfigurationError
from dlt_sources.protocols.auth import make_auth
from dlt_sources.protocols.http import HttpClient, origin
from dlt_sources.protocols.reader import Assignment, Reader
from dlt_sources.protocols.redaction import Redactor


class HttpReader(Reader):
    """Base of all protocols over HTTP."""

    passing_codes: ClassVar[frozenset[str]] = frozenset()
    next_steps: ClassVar[dict[str, str]] = {}

    def __init__(self, assignment: Assignment) -> None:
        super().__init__(assignment)
        system = assignment.system
        if not assignment.base_url.startswith(("http://", "https://")):
            raise ConfigurationError(
                f"instance '{assignment.instance}': base_url must be an http(s) address, "
                f"but it is '{assignment.base_url}': set it in the company file"
            )
        if assignment.budget is None:
            raise ConfigurationError(f"system '{system.name}' is read over HTTP: give its system.yaml a request_budget")
        parameters = {name: text.format(**assignment.options) for name, text in system.parameters.items()}
        self.client = HttpClient(
            system=system.name,
            instance=assignment.instance,
            base_url=assignment.base_url,
            budget=assignment.budget,
            requests_before=assignment.requests_before,
            auth=make_auth(
                system.auth,
                assignment.secrets,
                assignment.auth_url or assignment.base_url,
                {**assignment.options, "origin": origin(assignment.base_url)},
            ),
            headers=system.headers,
            parameters={name: text for name, text in parameters.items() if text},
            retry=assignment.retry,
            clock=assignment.clock,
            redact=Redactor(secret.get_secret_value() for secret in assignment.secrets.values()),
            passing_codes=self.passing_codes,
            next_steps=self.next_steps,
            status_of=self.status_of,
        )

    @staticmethod
    def status_of(answer: requests.Response) -> int:
        """Return the status that an answer deserves: its own, unless a vendor refuses with 200."""
        return answer.status_code

    @property
    def requests(self) -> int:
        """How many requests were made."""
        return self.client.pacer.requests
