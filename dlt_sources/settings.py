"""The company file and the environment: which instances exist, where they are, and the secrets named for them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, SecretStr, field_validator

from dlt_sources.errors import ConfigurationError, MissingSecret
from dlt_sources.registry import load_systems
from dlt_sources.spec import NonEmpty, SnakeCase, Strict, SystemSpec, TimeZone
from dlt_sources.strict_yaml import did_you_mean, read_mapping, validate

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_VARIABLE_NAME = re.compile(r"[A-Z_][A-Z0-9_]*")
_USER_INFO = re.compile(r"//[^/]*@")


class Connection(Strict):
    """Where an instance deserves another pace than its system's default."""

    requests_per_second: Annotated[float, Field(gt=0)] | None = None
    timeout_seconds: Annotated[float, Field(gt=0)] | None = None
    attempts: Annotated[int, Field(ge=1)] = 5
    first_wait_seconds: Annotated[float, Field(ge=0)] = 0.5


class Instance(Strict):
    """One installation of a system: its addresses, the NAMES of its secrets, its entities and options."""

    name: SnakeCase
    system: SnakeCase
    base_url: str = ""
    auth_url: str = ""
    folder: str = ""
    credentials: dict[str, str] = Field(default_factory=dict)
    entities: list[NonEmpty] = Field(default_factory=list)
    resources: list[SnakeCase] = Field(default_factory=list)
    options: dict[str, Any] = Field(default_factory=dict)
    connection: Connection = Connection()

    @field_validator("base_url", "auth_url")
    @classmethod
    def _no_secret_in_an_address(cls, address: str) -> str:
        if _USER_INFO.search(address):
            raise ValueError("an address carries no user or password: name them under credentials")
        return address

    @field_validator("credentials")
    @classmethod
    def _names_not_values(cls, credentials: dict[str, str]) -> dict[str, str]:
        for credential, variable in credentials.items():
            if not _VARIABLE_NAME.fullmatch(variable):
                # The text is not repeated: it may be the secret itself.
                raise ValueError(f"{credential} must be the NAME of an environment variable, as SAP_GROUP_PASSWORD")
        return credentials

    def option(self, system: SystemSpec, name: str) -> Any:
        """Return the instance's option, or the system's default."""
        return self.options.get(name, system.options[name].default)


class CutOver(Strict):
    """The books of an entity were in `first` until the end of a day, and are in `then` since."""

    until: date
    first: SnakeCase
    then: SnakeCase


class SandboxSettings(Strict):
    """The simulated company behind the instances; only for the sandbox company.

    `books` gives the system that keeps the books of an entity, where that is not SAP: `{"3020": netsuite}`, or for one
    that moved `{"2010": {until: 2026-03-31, first: sap_s4hana, then: netsuite}}`; `billing` the one that bills its
    customers, where that is not Stripe: `{"3010": chargebee}`; `procurement` the one it buys through, where that is not
    its ERP: `{"2010": coupa}`.
    """

    seed: int
    scale: Annotated[float, Field(gt=0)] = 1
    errors: Literal["all", "none"] | list[SnakeCase] = "all"
    books: dict[NonEmpty, SnakeCase | CutOver] = Field(default_factory=dict)
    billing: dict[NonEmpty, SnakeCase] = Field(default_factory=dict)
    procurement: dict[NonEmpty, SnakeCase] = Field(default_factory=dict)


class Company(Strict):
    """One company: its group currency, its calendar, its mappings and its instances.

    `time_zone` is where its day ends: the nightly run is for the day that has just ended there.
    """

    company: SnakeCase
    name: NonEmpty
    group_currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    group_calendar: SnakeCase
    time_zone: TimeZone = "UTC"
    as_of: date | None = None
    mappings: Path
    sandbox: SandboxSettings | None = None
    instances: Annotated[dict[SnakeCase, Instance], Field(min_length=1)]
    _path: Path = PrivateAttr()

    @property
    def path(self) -> Path:
        """The file this company was read from."""
        return self._path

    @property
    def systems(self) -> list[str]:
        """The systems it has an instance of, in the order of their names."""
        return sorted({instance.system for instance in self.instances.values()})


def load_company(path: Path | str) -> Company:
    """Return the company file, checked whole against the systems it names; `mappings` becomes an absolute path.

    Addresses keep their ``${VAR}``: they are filled in when a source is built. Raises ConfigurationError naming the
    file, the key, the allowed keys and what to do.
    """
    path = Path(path).resolve()
    document = read_mapping(path)
    instances = document.get("instances")
    if isinstance(instances, dict):
        document["instances"] = {
            name: {**settings, "name": name} if isinstance(settings, dict) else settings
            for name, settings in instances.items()
        }
    if isinstance(document.get("mappings"), str):
        document["mappings"] = path.parent / document["mappings"]
    company = validate(Company, document, path)
    company._path = path
    if not company.mappings.is_dir():
        raise ConfigurationError(f"{path}: 'mappings': there is no folder {company.mappings}; create it")
    for instance in company.instances.values():
        _check_instance(instance, path)
    return company


def read_secrets(
    system: SystemSpec, instance: Instance, environ: Mapping[str, str] = os.environ
) -> dict[str, SecretStr]:
    """Return the secrets the instance names, by credential; raise MissingSecret naming instance and variables."""
    missing = [variable for variable in instance.credentials.values() if not environ.get(variable)]
    if missing:
        raise MissingSecret(
            f"environment variable {', '.join(missing)} is not set, but the company file names it under credentials",
            system=system.name,
            instance=instance.name,
        )
    return {credential: SecretStr(environ[variable]) for credential, variable in instance.credentials.items()}


def fill_address(address: str, instance: Instance, environ: Mapping[str, str] = os.environ) -> str:
    """Return the address with each ``${VAR}`` from the environment; raise ConfigurationError when one is not set."""

    def value(match: re.Match[str]) -> str:
        if not environ.get(match[1]):
            raise ConfigurationError(
                f"instance '{instance.name}': its address {address} needs the environment variable {match[1]}: set it"
            )
        return environ[match[1]]

    return _VARIABLE.sub(value, address)


def _check_instance(instance: Instance, path: Path) -> None:
    """An instance may only say what its system understands."""
    systems = load_systems()
    at = f"{path}: instances.{instance.name}"
    if instance.system not in systems:
        raise ConfigurationError(
            f"{at}.system: unknown system '{instance.system}'" + did_you_mean(instance.system, sorted(systems))
        )
    system = systems[instance.system]
    credentials = system.auth.meant_by(instance.credentials).credentials
    _check_names(f"{at}.credentials", instance.credentials, credentials)
    _check_names(f"{at}.options", instance.options, system.options)
    _check_names(f"{at}.resources", instance.resources, system.resources)
    absent = [name for name in credentials if name not in instance.credentials]
    if absent:
        raise ConfigurationError(f"{at}.credentials: '{absent[0]}' is missing: name its environment variable")
    for name, option in system.options.items():
        if option.required and name not in instance.options:
            raise ConfigurationError(f"{at}.options: '{name}' is missing ({option.description}): add it")
        given = instance.options.get(name, option.default)
        if option.default is not None and type(given) is not type(option.default):
            kind = type(option.default).__name__
            raise ConfigurationError(f"{at}.options.{name}: must be of type {kind}, but it is {given!r}")
    for key, text in instance.model_dump(exclude={"base_url", "auth_url", "folder"}).items():
        if _VARIABLE.search(str(text)):
            raise ConfigurationError(f"{at}.{key}: ${{…}} is filled in for addresses only; write the value itself")


def _check_names(at: str, given: Any, allowed: Any) -> None:
    for name in given:
        if name not in allowed:
            raise ConfigurationError(f"{at}: unknown name '{name}'" + did_you_mean(name, sorted(allowed)))
