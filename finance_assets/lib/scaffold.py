"""Writes what a new system needs beside what only people know: its card, then its gates and its SQL.

A system is added in two steps. `new_card` writes `system.yaml` with blanks; the registry says in words which are left.
`new_models` reads the filled card and writes a suite, a source and a staging model per resource, and the conformed
models of the contracts that the system gives. Nothing that exists is overwritten.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dlt_sources.errors import ConfigurationError
from dlt_sources.protocols import PROTOCOLS
from dlt_sources.registry import SYSTEMS_FOLDER, load_system
from dlt_sources.spec import SNAKE_CASE, ResourceSpec, SystemSpec
from dlt_sources.strict_yaml import did_you_mean
from finance_assets.lib.dbt_manifest import DbtManifest
from finance_assets.lib.project import DBT_PROJECT, EXPECTATIONS

_CARD = """\
name: {name}
title: {title}
kind: ""  # erp, crm, billing, planning, procurement, payroll, bank, rates or events: contracts go by it
description: ""  # what it knows, in a sentence
owner: ""  # the role that answers for its data
process: ""  # the business process it belongs to, as order to cash
sla: {{freshness_hours: 26, time_zone: Europe/Berlin}}
freshness_tier: nightly
data_class: confidential
contract: {{version: 1.0.0, vendor_interface: ""}}  # the vendor's interface this was written against
protocol: {protocol}
# What the vendor allows, and how much of it a load may take.
request_budget: {{requests_per_second: 5, requests_per_day: 50000, timeout_seconds: 60}}
auth: {{kind: bearer_key}}
resources:
  # One block per endpoint: a snapshot is read whole every night, an incremental one since its cursor.
  records:
    description: ""
    path: ""
    key: []
    mode: incremental
    cursor: {{field: "", kind: iso_timestamp, overlap: 1h}}
    fields: []
    # How the protocol asks for it:
{request}
"""
_README = """\
# {title}

Read over `{protocol}`.

## Access

What the technical user may read, how the credentials are made, what the company file says.

## Quirks

What the vendor does that one would not expect: paging, deletions, amounts, time zones. What is not proven is marked so.

## Limits

Requests, rows, how long a cursor lives.
"""
_REJECTED = """\
-- Grain: one row per rejected row of the system, with its reason and its payload as landed.
with

final as (
    {{{{ rejected_rows({{
{tables}
    }}) }}}}
)

select * from final
"""
_BASE = """\
-- Grain: one row per {grain} of an instance, with the reason to reject it if there is one.
with

source as (
    {{{{ current_rows(source('landed_{system}', '{resource}'), {keys}) }}}}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{{{ natural_key({keys}) }}}} as source_key,
{columns}
        {{{{ rejection_reason([
{required}
        ]) }}}} as rejection_reason,
        {{{{ evidence(row_as_json('source')) }}}} as payload
    from source
)

select * from final
"""
_STAGED = """\
-- Grain: one row per {grain} of an instance.
with

final as (
    {{{{ accepted_rows(ref('base_{system}__{resource}')) }}}}
)

select * from final
"""
_REJECTED_CONFORMED = """\
-- Grain: one row per rejected row of {title}. Reason and payload hold what people wrote and stay in staging.
with

rejected_rows as (
    select * from {{{{ ref('{system}__rejected') }}}}
),

final as (
    {{{{ rejected_rows_without_values('rejected_rows', '{system}') }}}}
)

select * from final
"""
_CONFORMED = """
with

records as (
    select * from {{{{ ref('stg_{system}__{resource}') }}}}
),

final as (
    select
{columns}
    from records
)

select * from final
"""
# The one contract that every system gives.
REJECTED_ROWS = "rejected_rows"
_CARRIED = ("source_instance", "load_id", "recorded_at")


@dataclass(frozen=True)
class Scaffold:
    """Where a checkout keeps what is written."""

    systems: Path = SYSTEMS_FOLDER
    expectations: Path = EXPECTATIONS
    dbt_project: Path = DBT_PROJECT

    def new_card(self, name: str, protocol: str, title: str | None = None) -> list[Path]:
        """Write the system's folder with a card to fill in; return the files.

        Raises ConfigurationError for a name that is taken or no snake_case, and for a protocol that nobody speaks.
        """
        if not SNAKE_CASE.fullmatch(name):
            raise ConfigurationError(f"'{name}' is not snake_case (lower-case words joined by single underscores)")
        if protocol not in PROTOCOLS:
            raise ConfigurationError(f"unknown protocol '{protocol}'{did_you_mean(protocol, sorted(PROTOCOLS))}")
        folder = self.systems / name
        if folder.exists():
            raise ConfigurationError(f"{folder} exists: the system is there already, or choose another name")
        title = title or name.replace("_", " ").title()
        card = _CARD.format(name=name, title=title, protocol=protocol, request=_request_of(protocol))
        return [
            _write(folder / "system.yaml", card),
            _write(folder / "README.md", _README.format(title=title, protocol=protocol)),
            _write(folder / "__init__.py", f'"""{title}."""\n'),
        ]

    def new_models(self, name: str, contracts: Sequence[str], manifest: DbtManifest) -> list[Path]:
        """Write suites, sources, staging and the conformed models of these contracts; return the files.

        The columns of a contract are those that another system gives already (`manifest` knows them); each is empty
        until somebody says where it comes from. Raises ConfigurationError for a card with blanks, a system that has
        models, and a contract that no system gives.
        """
        path = self.systems / name / "system.yaml"
        if not path.exists():
            raise ConfigurationError(f"{path} does not exist: begin with `finance new system {name} --protocol …`")
        system = load_system(path)
        staging, conformed = (self.dbt_project / "models" / layer / name for layer in ("staging", "conformed"))
        if staging.exists() or conformed.exists():
            raise ConfigurationError(f"{staging} or {conformed} exists: the system has its models already")
        known = _contracts(manifest)
        given = {REJECTED_ROWS: known.pop(REJECTED_ROWS)}
        for contract in contracts:
            if contract not in known:
                raise ConfigurationError(
                    f"no system gives the contract '{contract}'{did_you_mean(contract, sorted(known))}"
                )
        written = [_write(self.expectations / f"landed_{name}" / f"{each.name}.yaml", _suite(system, each))
                   for each in system.resources.values()]  # fmt: skip
        written += self._staging(system, staging)
        given |= {contract: known[contract] for contract in contracts}
        written += self._conformed(system, conformed, given)
        written += self._enter(name, list(given))
        return written

    def _staging(self, system: SystemSpec, folder: Path) -> list[Path]:
        written = [
            _write(folder / f"_{system.name}__sources.yml", _sources(system)),
            _write(folder / f"_{system.name}__models.yml", _staging_models(system)),
        ]
        tables = ",\n".join(f"        '{each}': ref('base_{system.name}__{each}')" for each in system.resources)
        written.append(_write(folder / f"{system.name}__rejected.sql", _REJECTED.format(tables=tables)))
        for resource in system.resources.values():
            grain = _grain(resource)
            named = {"system": system.name, "resource": resource.name, "grain": grain}
            fields = {each: _quoted(each) for each in resource.fields}
            columns = "\n".join(f"        {{{{ text('{sql}') }}}} as {_column(each)}," for each, sql in fields.items())
            required = "\n".join(f"            required('{fields[each]}')," for each in resource.key)
            base = _BASE.format(
                **named, keys=[fields[each] for each in resource.key], columns=columns, required=required
            )
            written.append(_write(folder / "base" / f"base_{system.name}__{resource.name}.sql", base))
            written.append(_write(folder / f"stg_{system.name}__{resource.name}.sql", _STAGED.format(**named)))
        return written

    def _conformed(self, system: SystemSpec, folder: Path, contracts: Mapping[str, Mapping[str, Any]]) -> list[Path]:
        written: list[Path] = []
        models: list[dict[str, Any]] = []
        first = next(iter(system.resources))
        for contract, node in contracts.items():
            columns = ",\n".join(
                f"        {each}" if each in _CARRIED else f"        cast(null as {described['data_type']}) as {each}"
                for each, described in node["columns"].items()
            )
            # What the contract is about is the other system's word; what a row is, is the contract's.
            grain = "Grain:" + " ".join(node["description"].split()).partition("Grain:")[2]
            head = textwrap.fill(
                f"{grain} Every column that is null is still to be said.",
                width=119,
                initial_indent="-- ",
                subsequent_indent="-- ",
            )
            body = head + _CONFORMED.format(system=system.name, resource=first, columns=columns)
            if contract == REJECTED_ROWS:
                body = _REJECTED_CONFORMED.format(system=system.name, title=system.title)
            written.append(_write(folder / f"int_{system.name}__{contract}_conformed.sql", body))
            models.append(
                {
                    "name": f"int_{system.name}__{contract}_conformed",
                    "description": f"{contract.replace('_', ' ').capitalize()} of {system.title}. {grain}",
                    "columns": [
                        {"name": each, "data_type": described["data_type"], "description": described["description"]}
                        for each, described in node["columns"].items()
                    ],
                }
            )
        text = f"# {system.title} in the words of the contract: columns, order and types are what canonical reads.\n"
        text += yaml.safe_dump({"version": 2, "models": models}, sort_keys=False, width=110)
        return [*written, _write(folder / f"_{system.name}__conformed.yml", text)]

    def _enter(self, name: str, contracts: Sequence[str]) -> list[Path]:
        """Put the system where systems are listed: the project file, the groups, the canonical unions."""
        project, groups = self.dbt_project / "dbt_project.yml", self.dbt_project / "models" / "_groups.yml"
        staging = f"      {name}:\n        +group: staging_{name}\n        base: {{+materialized: table}}\n"
        _insert_before(project, "    conformed:\n", staging)
        _insert_before(project, "    canonical:\n", f"      {name}: {{+group: conformed_{name}}}\n")
        owner = "owner: {name: Finance Integration, email: finance-integration@example.com}"
        _insert_before(groups, "  - {name: conformed_", f"  - {{name: staging_{name}, {owner}}}\n")
        _insert_before(groups, "  - {name: reference,", f"  - {{name: conformed_{name}, {owner}}}\n")
        changed = [project, groups]
        for contract in contracts:
            unions = sorted((self.dbt_project / "models" / "canonical").glob(f"*/union/all_{contract}.sql"))
            for union in unions:
                model, text = f"ref('int_{name}__{contract}_conformed')", union.read_text()
                # Where systems play a part, somebody has to say which: the tests refuse any other word.
                labelled = "label_column" in text
                entry = f"    ['to be said', {model}],\n" if labelled else f"    {model},\n"
                _insert_before(union, "], label_column" if labelled else "]) }}", entry)
            changed += unions
        return changed


def _request_of(protocol: str) -> str:
    """What the protocol may be told of a resource, as comments with the defaults."""
    fields = PROTOCOLS[protocol].Request.model_fields
    lines = []
    for name, described in fields.items():
        default = "required" if described.is_required() else described.get_default(call_default_factory=True)
        lines.append(f"    #   {name}: {default!r}" if default != "required" else f"    #   {name}: (required)")
    return "    request: {}\n" + "\n".join(lines) if lines else "    request: {}"


def _contracts(manifest: DbtManifest) -> dict[str, Mapping[str, Any]]:
    """The contracts that systems give, each with a conformed model that gives it."""
    found = {}
    for node in manifest.content["nodes"].values():
        match = re.fullmatch(r"int_(.+?)__(.+)_conformed", node["name"])
        if match and node["resource_type"] == "model":
            found.setdefault(match[2], node)
    return found


def _suite(system: SystemSpec, resource: ResourceSpec) -> str:
    not_null = [{"type": "expect_column_values_to_not_be_null", "kwargs": {"column": each}} for each in resource.key]
    keys = ", ".join(f'"{each}"' for each in resource.key)
    unique = {
        "type": "unexpected_rows_expectation",
        "kwargs": {
            "unexpected_rows_query": f"select {keys} from {{batch}} group by {keys} having count(*) > 1",
            "description": "A key is there once.",
        },
        "meta": {"why": "Two rows of one key in one load cannot both be right."},
    }
    document = {
        "description": f"What a load of {system.title} must show before `{resource.name}` becomes visible.",
        "expectations": [*not_null, unique],
    }
    return yaml.safe_dump(document, sort_keys=False, width=110)


def _sources(system: SystemSpec) -> str:
    tables = [
        {
            "name": each.name,
            "description": each.description,
            "config": {"meta": {"key": list(each.key), "load_mode": each.mode}},
            "columns": [{"name": column} for column in each.fields],
        }
        for each in system.resources.values()
    ]
    source = {
        "name": f"landed_{system.name}",
        "schema": f"landed_{system.name}",
        "description": system.description,
        "tables": tables,
    }
    head = (
        f"# What {system.name} has landed and its gate has accepted, one view over all instances. Columns are text, "
        "exactly as the\n# source sent them; every table also has the columns of macro landing_columns().\n"
    )
    return head + yaml.safe_dump({"version": 2, "sources": [source]}, sort_keys=False, width=110)


def _staging_models(system: SystemSpec) -> str:
    models: list[dict[str, Any]] = []
    for resource in system.resources.values():
        grain = f"Grain: one row per {_grain(resource)}."
        models.append(
            {
                "name": f"base_{system.name}__{resource.name}",
                "description": f"{resource.description} As they are now, with the reason to reject a row. {grain}",
            }
        )
        every_row = {
            "grain": ["source_instance", *(_column(each) for each in resource.key)],
            "landed": f"source('landed_{system.name}', '{resource.name}')",
            "keys": [_quoted(each) for each in resource.key],
            "rejected": f"ref('{system.name}__rejected')",
            "table_name": resource.name,
        }
        models.append(
            {
                "name": f"stg_{system.name}__{resource.name}",
                "description": f"{resource.description} Accepted rows. {grain}",
                "data_tests": [{"every_landed_row_once": {"arguments": every_row}}],
            }
        )
    unique = {"unique_grain": {"arguments": {"columns": ["source_instance", "table_name", "source_key"]}}}
    models.append(
        {
            "name": f"{system.name}__rejected",
            "description": f"Rows of {system.title} that could not be used, with the reason and the row as landed. "
            "Grain: one row per rejected row.",
            "data_tests": [unique],
        }
    )
    head = f"# {system.title} in staging: every landed row is an accepted or a rejected one.\n"
    return head + yaml.safe_dump({"version": 2, "models": models}, sort_keys=False, width=110)


def _grain(resource: ResourceSpec) -> str:
    return " and ".join(_column(each) for each in resource.key)


def _column(field: str) -> str:
    """A field's name as a column of ours: `AccountingDocument` and `accounting-document` are accounting_document."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", field)
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")


def _quoted(field: str) -> str:
    """A field as SQL names it: in quotes where it is no plain word."""
    return field if re.fullmatch(r"[A-Za-z_]\w*", field) else f'"{field}"'


def _insert_before(path: Path, marker: str, text: str) -> None:
    before, found, after = path.read_text().partition(marker)
    if not found:
        raise ConfigurationError(f"{path} has no line {marker.strip()!r} to put the system before; enter it by hand")
    path.write_text(before + text + found + after)


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path
