"""Shows what a trace has found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import click
from rich.markup import escape

from dlt_sources.registry import load_systems
from finance_assets.cli.published import open_published
from finance_assets.cli.queue import ID_SHOWN, acted, why
from finance_assets.cli.tables import show, table, tell
from finance_assets.control.store import ControlStore
from finance_assets.lib.dbt_manifest import DbtManifest
from finance_assets.lib.publish import read_manifest
from finance_assets.lib.report import TIED, to_json
from finance_assets.lib.settings import Settings
from finance_assets.lib.trace import Tracer, customer_resources, traced_tables
from finance_assets.lib.transform import Dbt
from finance_assets.lib.versions import versions_of_record

_LOAD_COLUMNS = ("load_id", "system", "as_of", "status", "started_at", "finished_at", "run_id")


class _Trace:
    """A tracer over what is published, with what the control store knows of loads and exceptions."""

    def __init__(self, settings: Settings, store: ControlStore, tracer: Tracer, manifest: DbtManifest) -> None:
        self.settings = settings
        self.store = store
        self.tracer = tracer
        self.manifest = manifest
        self.publication = read_manifest(settings.data_dir.published) or {}

    def completed(self, found: dict[str, Any]) -> dict[str, Any]:
        """Return what was found with its loads, its exceptions as they stand now, and the publication it is of."""
        loads = [{name: row[name] for name in _LOAD_COLUMNS} for row in self.store.loads(found["loads"])]
        keys = {
            (item["exception_type"], item["natural_key"])
            for item in found.get("reconciliations", ())
            if item["exception_type"]
        }
        exceptions = [
            {name: row[name] for name in ("exception_id", "type", "status", "owner", "assignee", "description")}
            for row in self.store.exceptions()
            if (row["type"], row["natural_key"]) in keys
        ]
        published = {name: self.publication.get(name) for name in ("run_id", "as_of")}
        return found | {"loads": loads, "exceptions": exceptions, "published": published}

    def changes(self, records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return how the source records of a customer came to be what they are, version by version."""
        resources = customer_resources(self.manifest)
        changes = []
        for record in records:
            instance = self.settings.company.instances.get(record["source_instance"])
            if instance is None:
                continue
            system, file = load_systems()[instance.system], self.settings.data_dir.landing_file(instance.name)
            for resource in resources.get(system.name, []):
                before: dict[str, Any] = {}
                for version in versions_of_record(file, system.resources[resource], record["source_customer_id"]):
                    fields = {name: value for name, value in version.items() if name not in ("since", "load_id")}
                    moved = {
                        name: [before.get(name), value] for name, value in fields.items() if before.get(name) != value
                    }
                    changes.append(
                        {
                            "source_instance": instance.name,
                            "resource": resource,
                            "since": version["since"],
                            "load_id": version["load_id"],
                            "what": "changed" if before else "came",
                            "changes": moved if before else {},
                        }
                    )
                    before = fields
        return changes


def show_document(reference: str, as_json: bool) -> None:
    """Show the chain of a document."""
    with _trace() as trace:
        found = trace.completed(trace.tracer.document(reference))
    if as_json:
        click.echo(to_json(found))
        return
    if not found["hops"]:
        for row in found["exceptions_naming_it"]:
            tell(f"{row['exception_id'][:ID_SHOWN]}  {escape(row['description'])}  ({row['owner']})")
        raise click.ClickException(
            f"no document is called {reference} in the warehouse published as of {found['published']['as_of']}; "
            "a document that came later is there after the next night"
        )
    _show_chain(found)


def show_exception(exception_id: str, as_json: bool) -> None:
    """Show the documents behind an exception."""
    with _trace() as trace:
        row = dict(trace.store.exception(exception_id))
        history = [dict(line) for line in trace.store.exception_history(row["exception_id"])]
        found = trace.completed(trace.tracer.exception(row["type"], row["natural_key"]))
    found = {"exception": row, "history": history, **found}
    if as_json:
        click.echo(to_json(found))
        return
    tell(f"\n[bold]{escape(row['description'] or row['type'])}[/]")
    tell(f"{row['status']}, {row['owner'] or 'nobody'}, first seen {row['first_seen']}")
    if found["gaps"]:
        show(table("Where it shows", list(found["gaps"][0]), [list(gap.values()) for gap in found["gaps"]]))
    _show_chain(found)
    lines = [
        (line["as_of"], line["event"], acted(line["changed_by"], line["login"]), why(line), line["run_id"][:ID_SHOWN])
        for line in history
    ]
    show(table("Decisions", ("as of", "what", "who", "why", "run"), lines))
    tell(f"\nWork it    finance exceptions show {row['exception_id'][:ID_SHOWN]}\n")


def show_customer(named: str, as_json: bool) -> None:
    """Show a golden customer in every system."""
    with _trace() as trace:
        found = trace.tracer.customer(named)
        if found is None:
            raise click.ClickException(f"no customer is called {named} in any system of the published warehouse")
        found = trace.completed(found) | {"changes": trace.changes(found["records"])}
    if as_json:
        click.echo(to_json(found))
        return
    golden = found["customer"]
    tell(f"\n[bold]{escape(golden['customer_name'] or golden['customer_key'])}[/]  {golden['customer_key']}")
    records = [
        (
            record["source_role"],
            record["source_instance"],
            record["source_customer_id"],
            record["customer_name"],
            # Only the model is ever less than certain.
            f"{record['decided_by']} {record['score']:.4f}"
            if record["decided_by"] == "name_address"
            else record["decided_by"],
            "deleted" if record["is_deleted"] else "",
            record["load_id"],
        )
        for record in found["records"]
    ]
    records += [(role, "not there", None, None, None, "", None) for role in found["not_in"]]
    show(table("Records", ("role", "instance", "id", "name", "matched by", "", "load"), records))
    changes = [
        (
            f"{change['since']:%Y-%m-%d}",
            change["source_instance"],
            change["resource"],
            change["what"],
            ", ".join(f"{name}: {_short(old)} → {_short(new)}" for name, (old, new) in change["changes"].items()),
            change["load_id"],
        )
        for change in found["changes"]
    ]
    show(table("How the records changed", ("since", "instance", "resource", "", "what", "load"), changes))
    choices = [
        (choice["attribute"], choice["attribute_value"], choice["source_instance"], choice["load_id"])
        for choice in found["choices"]
    ]
    show(table("Which system's word counts", ("attribute", "value", "of", "load"), choices))
    _show_mappings(found["mappings"])
    activity = [
        (row["what"], row["rows"], row["amount"], row["currency"], row["first_date"], row["last_date"])
        for row in found["activity"]
    ]
    activity += [(title, 0, None, None, None, None) for title in found["not_consumed"]]
    show(table("What was done with it", ("what", "rows", "amount", "", "first", "last"), activity))
    _show_loads(found)


def show_figure(entity_code: str, month: date, account: str, as_json: bool) -> None:
    """Show what a balance is made of."""
    with _trace() as trace:
        found = trace.completed(trace.tracer.figure(entity_code, month, account))
    if as_json:
        click.echo(to_json(found))
        return
    if not found["balances"]:
        raise click.ClickException(
            f"entity {entity_code} has no account {account} in {month:%Y-%m}; "
            'see `finance query "select distinct group_account_code from canonical.fct_trial_balances"`'
        )
    names = {
        "source_account_id": "account",
        "fiscal_period": "period",
        "amount_opening_local": "opening",
        "amount_debit_local": "debits",
        "amount_credit_local": "credits",
        "amount_closing_local": "closing",
        "local_currency": "",
        "line_count": "lines",
        "data_status": "status",
    }
    show(table(f"{entity_code} {month:%Y-%m} {account}", list(names.values()), _values(found["balances"], names)))
    names = {
        "document_type": "type",
        "documents": "documents",
        "lines": "lines",
        "amount_local": "amount",
        "local_currency": "",
        "first_document": "from",
        "last_document": "to",
        "load_id": "load",
    }
    show(table("Postings of the month", list(names.values()), _values(found["postings"], names)))
    moved = sum((row["amount_debit_local"] + row["amount_credit_local"] for row in found["balances"]), Decimal(0))
    posted = sum((row["amount_local"] for row in found["postings"]), Decimal(0))
    tell(f"Movement of the balance {moved:,.2f}, sum of the postings {posted:,.2f}")
    _show_mappings(found["mappings"])
    controls = [
        ("holds" if row["is_passed"] else "open", row["control_name"], row["detail"], row["owner"])
        for row in found["controls"]
    ]
    show(table("Controls of the month", ("", "control", "what", "whose"), controls))
    tell(f"\nRead by    {', '.join(found['consumed_by']) or 'nothing'}")
    _show_loads(found)


def _show_chain(found: Mapping[str, Any]) -> None:
    for hop in found["hops"]:
        more = f", and {hop['more']} more" if hop["more"] else ""
        columns = ("", "date", "amount", "", "state", "entity", "load")
        rows = [
            (row["key"], row["date"], row["amount"], row["currency"], row["state"], row["entity_code"], row["load_id"])
            for row in hop["rows"]
        ]
        show(table(f"{hop['step']}{more}", columns, rows))
        _show_mappings(hop["mappings"])
        if not hop["consumed_by"]:
            tell("not consumed: no mart reads it")
    for each in found["not_yet"]:
        key = each["key"].partition(":")[2]
        tell(f"\n[yellow]not yet[/]    {each['missing']} of {escape(each['after'])} {escape(key)}")
    if found["reconciliations"]:
        columns = ("", "outcome", "rule or cause", "left", "right", "difference", "")
        rows = [
            (
                item["reconciliation_name"],
                item["outcome"],
                item["cause"] or item["rule_name"],
                item["left_key"] or _other_side(item),
                item["right_key"] or _other_side(item),
                item["amount_difference"],
                item["currency_code"],
            )
            for item in found["reconciliations"]
        ]
        show(table("What the systems say of each other", columns, rows))
    if found["exceptions"]:
        rows = [
            (row["exception_id"][:ID_SHOWN], row["type"], row["status"], row["owner"]) for row in found["exceptions"]
        ]
        show(table("In the work queue", ("id", "type", "status", "owner"), rows))
    _show_loads(found)


def _other_side(item: Mapping[str, Any]) -> str:
    return "one of several" if item["outcome"] in TIED else "not there"


def _show_mappings(mappings: Sequence[Mapping[str, Any]]) -> None:
    if mappings:
        columns = [name for name in mappings[0] if name not in ("valid_to", "mapping")]
        show(table("by the mapping", columns, [[row[name] for name in columns] for row in mappings]))


def _show_loads(found: Mapping[str, Any]) -> None:
    rows = [
        (
            load["load_id"],
            load["system"],
            load["status"],
            f"{load['started_at']:%Y-%m-%d %H:%M}",
            f"{load['finished_at']:%Y-%m-%d %H:%M}" if load["finished_at"] else None,
            load["run_id"][:ID_SHOWN],
        )
        for load in found["loads"]
    ]
    show(table("Loads", ("load", "system", "gate", "began (UTC)", "ended (UTC)", "run"), rows))
    published = found["published"]
    tell(f"\nPublished as of {published['as_of']} by run {(published['run_id'] or '')[:ID_SHOWN]}\n")


def _values(rows: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> list[list[Any]]:
    return [[row[name] for name in names] for row in rows]


def _short(value: Any) -> str:
    text = "–" if value in (None, "") else str(value)
    return text if len(text) <= 40 else f"{text[:37]}…"


@contextmanager
def _trace() -> Iterator[_Trace]:
    settings = Settings.from_environment()
    with open_published(settings) as connection, closing(settings.open_store()) as store:
        manifest = Dbt(settings.company, settings.data_dir).manifest()
        yield _Trace(settings, store, Tracer(connection, traced_tables(manifest)), manifest)
