"""What can go wrong while a system is read: each error says to whom, what was kept and what to do next."""

from __future__ import annotations

from typing import ClassVar

NOTHING_OF_THIS_LOAD_IS_VISIBLE = "nothing of this load is visible; the last accepted load stays in use"


class ConfigurationError(ValueError):
    """A file a person wrote (company file, system.yaml) is wrong; the message names file, key and remedy."""


class SourceError(Exception):
    """A load that failed on the side of the system.

    `failure_class` is always ``source`` (never transform or target). Secrets never reach the message: the HTTP client
    redacts what it quotes.
    """

    failure_class: ClassVar[str] = "source"
    default_next_step: ClassVar[str] = "run again"

    def __init__(
        self,
        message: str,
        *,
        system: str,
        instance: str,
        resource: str | None = None,
        what_was_kept: str = NOTHING_OF_THIS_LOAD_IS_VISIBLE,
        next_step: str | None = None,
    ) -> None:
        self.message = message
        self.system = system
        self.instance = instance
        self.resource = resource
        self.what_was_kept = what_was_kept
        self.next_step = next_step or self.default_next_step
        where = f"{instance} ({system})" + (f", resource {resource}" if resource else "")
        super().__init__(f"{where}: {message}. Kept: {self.what_was_kept}. Next: {self.next_step}.")


class SourceUnavailable(SourceError):
    """A fault that retries did not cure: outage, timeout, cut body, throttling, 5xx, malformed JSON."""

    default_next_step = "the next run tries again by itself; if it lasts, ask the system's owner"


class SourceRefused(SourceError):
    """The system understood and said no: bad credentials, missing rights, exhausted allowance, a login page."""

    default_next_step = "check the credentials and rights of the technical user, then run again"


class MissingSecret(SourceRefused):
    """An environment variable that the company file names is not set."""

    default_next_step = "set the variable and run again"


class ContractBreach(SourceError):
    """The system answered in another shape than its contract: a vanished field, a page that repeats, no JSON."""

    default_next_step = "compare the system's release notes with its system.yaml, then adapt the source"


def find_source_error(error: BaseException) -> SourceError | None:
    """Return the SourceError inside an error that dlt wrapped, or None when the system is not to blame."""
    seen: set[int] = set()
    queue: list[BaseException | None] = [error]
    while queue:
        current = queue.pop(0)
        if current is None or id(current) in seen:
            continue
        if isinstance(current, SourceError):
            return current
        seen.add(id(current))
        wrapped = getattr(current, "exception", None)
        queue += [current.__cause__, current.__context__, wrapped if isinstance(wrapped, BaseException) else None]
    return None
