"""The catalogue card of a system: what `<system>/system.yaml` may say, and what it must."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import timedelta
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_DURATION = re.compile(r"(\d+)([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}

DataClass = Literal["public", "internal", "confidential", "personal"]
# What a system is for the company, whoever makes it: what depends on it is agreed by kind (degradation contracts).
SystemKind = Literal["erp", "crm", "billing", "planning", "procurement", "payroll", "bank", "rates", "events"]
CursorKind = Literal["odata_v2_timestamp", "odata_v2_date", "iso_timestamp", "iso_date", "compact_date", "unix_seconds"]


def _snake_case(name: str) -> str:
    if not SNAKE_CASE.fullmatch(name):
        raise ValueError(f"'{name}' is not snake_case (lower-case words joined by single underscores)")
    return name


def _time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"'{name}' is not an IANA time zone such as Europe/Berlin")
    return name


def _duration(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    match = _DURATION.fullmatch(value)
    if not match:
        raise ValueError(f"'{value}' is not a duration such as 10m, 2h or 3d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


SnakeCase = Annotated[str, AfterValidator(_snake_case)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
NonEmpty = Annotated[str, Field(min_length=1)]


class Strict(BaseModel):
    """Every model of a file that a person writes: an unknown key is an error, not a shrug."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sla(Strict):
    """How old the data may be when it is used, counted in the time zone of the people who rely on it."""

    freshness_hours: Annotated[int, Field(gt=0)]
    time_zone: TimeZone


class Contract(Strict):
    """The shape we rely on: our version of it, and the vendor's interface it was written against."""

    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    vendor_interface: NonEmpty


class RequestBudget(Strict):
    """How much of the system's capacity a load may use."""

    requests_per_second: Annotated[float, Field(gt=0)]
    requests_per_day: Annotated[int, Field(gt=0)]
    timeout_seconds: Annotated[float, Field(gt=0)] = 60.0


class AuthSpec(Strict):
    """How the client proves who it is. `credentials` are the names a company file must map to environment variables.

    Where a system knows another way as well, the credentials that an instance names tell which is meant. `realm` and
    `scope` may use an {option}, and {origin}: scheme and host of the instance's base_url. `sent_in` says where a token
    server wants client credentials.
    """

    kind: Literal[
        "none",
        "basic",
        "basic_key",
        "bearer_key",
        "client_credentials",
        "session_token",
        "signed_requests",
        "signed_assertion",
        "database_login",
    ]
    token_path: str = ""
    refresh_path: str = ""
    scheme: str = "Bearer"
    realm: str = ""
    scope: str = ""
    sent_in: Literal["header", "form"] = "header"
    or_else: AuthSpec | None = None

    @property
    def credentials(self) -> tuple[str, ...]:
        """The credential names this kind needs."""
        return {
            "none": (),
            "basic": ("user", "password"),
            "basic_key": ("api_key",),
            "bearer_key": ("api_key",),
            "client_credentials": ("client_id", "client_secret"),
            "session_token": ("user", "password"),
            "signed_requests": ("consumer_key", "consumer_secret", "token_id", "token_secret"),
            "signed_assertion": ("client_id", "certificate_id", "private_key"),
            "database_login": ("user", "password"),
        }[self.kind]

    def meant_by(self, credentials: Collection[str]) -> AuthSpec:
        """Return the way whose credentials these are: the first one, unless one of them is the other's alone.

        Without any credentials it is the way that needs none, where there is one.
        """
        if self.or_else is None:
            return self
        is_other = set(credentials) & set(self.or_else.credentials) - set(self.credentials)
        return self.or_else if is_other or (not credentials and not self.or_else.credentials) else self

    @model_validator(mode="after")
    def _token_kinds_need_a_path(self) -> AuthSpec:
        if self.kind in ("client_credentials", "session_token", "signed_assertion") and not self.token_path:
            raise ValueError(f"auth kind '{self.kind}' needs token_path")
        return self


class OptionSpec(Strict):
    """A setting an instance may give; without a default it must."""

    description: NonEmpty
    default: str | bool | int | None = None
    required: bool = False


class CursorSpec(Strict):
    """What tells new rows from old ones, how the wire writes it, and how far back to read again for late arrivals."""

    field: NonEmpty
    kind: CursorKind
    overlap: Duration


class PartOf(Strict):
    """The record that a row is part of, and comes whole with: whenever it is read again, all its parts are.

    `by` are the fields of the part that name the record, each with the field of the record.
    """

    resource: SnakeCase
    by: Annotated[dict[NonEmpty, NonEmpty], Field(min_length=1)]


class ResourceSpec(Strict):
    """One endpoint: where it is, what identifies a row, which fields are relied on.

    A field that no row carries is a breach of contract; `optional_fields` are those the vendor leaves out when empty.
    `protocol` is how the resource is read where that is not the way of the system.
    A deletion that says nothing but the key wants `earlier_versions` shown to staging as well.
    """

    name: SnakeCase
    description: NonEmpty
    path: NonEmpty
    key: Annotated[list[NonEmpty], Field(min_length=1)]
    mode: Literal["snapshot", "incremental"]
    protocol: SnakeCase | None = None
    fields: Annotated[list[NonEmpty], Field(min_length=1)]
    optional_fields: list[NonEmpty] = []
    data_class: DataClass
    cursor: CursorSpec | None = None
    follows: SnakeCase | None = None
    part_of: PartOf | None = None
    earlier_versions: bool = False
    request: dict[str, Any] = {}

    @model_validator(mode="after")
    def _hold_together(self) -> ResourceSpec:
        parts = list(self.part_of.by) if self.part_of else []
        for role, names in (("key", self.key), ("optional_fields", self.optional_fields), ("part_of", parts)):
            unknown = [name for name in names if name not in self.fields]
            if unknown:
                raise ValueError(f"{role} {unknown} is not among the fields")
        repeated = sorted({field for field in self.fields if self.fields.count(field) > 1})
        if repeated:
            raise ValueError(f"fields {repeated} are listed twice")
        if self.mode == "incremental" and not (self.cursor or self.follows):
            raise ValueError("an incremental resource needs a cursor, or `follows` the resource whose pages bring it")
        if self.mode == "snapshot" and self.cursor:
            raise ValueError("a snapshot is read whole: remove the cursor or make the mode incremental")
        if self.cursor and self.cursor.field not in self.fields:
            raise ValueError(f"cursor field '{self.cursor.field}' is not among the fields")
        return self


class SystemSpec(Strict):
    """One application: who answers for it, what was agreed, how it is read.

    `headers` and `parameters` go with every request; a parameter may use an {option}, and is left out when empty.
    """

    name: SnakeCase
    title: NonEmpty
    kind: SystemKind
    description: NonEmpty
    owner: NonEmpty
    process: NonEmpty
    sla: Sla
    freshness_tier: Literal["intraday", "nightly", "monthly"]
    data_class: DataClass
    contract: Contract
    protocol: SnakeCase
    reader: str | None = None
    request_budget: RequestBudget | None = None
    auth: AuthSpec
    headers: dict[str, str] = {}
    parameters: dict[str, str] = {}
    options: dict[SnakeCase, OptionSpec] = {}
    resources: Annotated[dict[SnakeCase, ResourceSpec], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _resources_inherit(cls, values: Any) -> Any:
        """Resources carry their own name, and the system's data class unless they state a stricter or looser one."""
        if not isinstance(values, dict) or not isinstance(values.get("resources"), dict):
            return values
        resources = {
            name: {"name": name, "data_class": values.get("data_class"), **resource}
            if isinstance(resource, dict)
            else resource
            for name, resource in values["resources"].items()
        }
        return {**values, "resources": resources}

    @model_validator(mode="after")
    def _follow_known_resources(self) -> SystemSpec:
        for resource in self.resources.values():
            if resource.follows and resource.follows not in self.resources:
                raise ValueError(f"resource '{resource.name}' follows '{resource.follows}', which is not a resource")
            if whole := resource.part_of:
                known = self.resources[whole.resource].fields if whole.resource in self.resources else []
                unknown = sorted(set(whole.by.values()) - set(known))
                if unknown:
                    raise ValueError(f"'{resource.name}' is part_of '{whole.resource}', which has no field {unknown}")
        return self
