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
from finance_assets.cli.evidence import side_by_side, without_documents
from finance_assets.cli.published import open_published
from finance_assets.cli.queue import ID_SHOWN, history_table
from finance_assets.cli.tables import show, table, tell
from finance_assets.control.store import ControlStore
from finance_assets.lib.publish import read_manifest
from finance_assets.lib.report import TIED, to_json
from finance_assets.lib.settings import Settings
from finance_assets.lib.trace import Tracer, traced_tables
from finance_assets.lib.versions import versions_of_record

# What fits on a screen of the documents of a balance.
MOST_DOCUMENTS = 25
_LOAD_COLUMNS = ("load_id", "system", "as_of", "status", "started_at", "finished_at", "run_id")


class _Trace:
    """A tracer over what is published, with what the control store knows of loads and exceptions."""

    def __init__(self, settings: Settings, store: ControlStore, connection: Any) -> None:
        self.settings = settings
        self.store = store
        self.publication = read_manifest(settings.data_dir.published) or {}
        if "traces" not in self.publication:
            raise click.ClickException(
                "what is published does not say how it is traced: it is of an earlier version of the platform; "
                "the next night (`finance run`) publishes it anew"
            )
        self.tracer = Tracer(connection, traced_tables(self.publication["traces"]))

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
        resources = self.publication["traces"]["customer_resources"]
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
    if found["several"]:
        _show_several(reference, found["several"])
        return
    if not found["hops"]:
        for row in found["exceptions_naming_it"]:
            tell(f"{row['exception_id'][:ID_SHOWN]}  {escape(row['description'])}  ({row['owner']})")
        raise click.ClickException(
            f"no document is called {reference} in the warehouse published as of {found['published']['as_of']}; "
            "a document that came later is there after the next night"
        )
    _show_chain(found)


def _show_several(reference: str, several: Sequence[Mapping[str, Any]]) -> None:
    """Ask for the whole key: shown together, documents of the same number would look like one business."""
    rows = [
        (row["key"], row["step"], row["date"], row["amount"], row["currency"], row["state"], row["entity_code"])
        for row in several[:MOST_DOCUMENTS]
    ]
    title = f"{len(several):,} documents, not of one business, are called {reference}"
    show(table(title, ("key", "what", "date", "amount", "", "state", "entity"), rows))
    if len(several) > len(rows):
        tell(f"… the first {len(rows)}; --json gives all")
    tell(f'\nFollow one by its whole key    finance trace document "{escape(several[0]["key"])}"\n')


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
    if found["customers"]:
        show(side_by_side(found["customers"]))
    for records in found["records"]:
        _show_records(records)
    if not any(found[name] for name in ("gaps", "customers", "records", "hops", "reconciliations")):
        tell(f"\n{without_documents(row, found['is_published'])}")
    _show_chain(found)
    show(history_table(history, "Decisions"))
    tell(f"\nWork it    finance exceptions show {row['exception_id'][:ID_SHOWN]}\n")


def _show_records(records: Mapping[str, Any]) -> None:
    """Show what a gap of the mappings stands for, the largest first, and how one of them is followed."""
    more = f", the largest; {records['more']:,} more" if records["more"] else ""
    columns = ("", "date", "amount", "", "state", "entity", "load")
    show(table(f"{records['step']}: what stands behind it{more}", columns, _hop_rows(records["rows"])))
    tell(f'Follow one    finance trace document "{escape(records["rows"][0]["key"])}"')


def show_customer(named: str, as_json: bool) -> None:
    """Show a golden customer in every system."""
    with _trace() as trace:
        found = trace.tracer.customer(named)
        if found is None:
            like = trace.tracer.names_like(named)
            hint = f"; the nearest names are: {', '.join(like)}" if like else "; no name is near it"
            raise click.ClickException(f"no customer is called {named} in any system of the published warehouse{hint}")
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


def show_figure(entity_code: str, month: date, account: str, with_all: bool, as_json: bool) -> None:
    """Show what a balance is made of; of its documents the largest, or all."""
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
    _show_documents(found["documents"], with_all)
    moved = sum((row["amount_debit_local"] + row["amount_credit_local"] for row in found["balances"]), Decimal(0))
    posted = sum((row["amount_local"] for row in found["postings"]), Decimal(0))
    tell(f"Movement of the balance {moved:,.2f}, sum of the postings {posted:,.2f}")
    _show_adjustments(found["adjustments"], entity_code, month)
    _show_mappings(found["mappings"])
    controls = [
        ("holds" if row["is_passed"] else "open", row["control_name"], row["detail"], row["owner"])
        for row in found["controls"]
    ]
    show(table("Controls of the month", ("", "control", "what", "whose"), controls))
    tell(f"\nRead by    {', '.join(found['consumed_by']) or 'nothing'}")
    _show_loads(found)


def _show_documents(documents: Sequence[Mapping[str, Any]], with_all: bool) -> None:
    names = {
        "key": "document",
        "document_type": "type",
        "posting_date": "posted on",
        "lines": "lines",
        "amount_local": "amount",
        "local_currency": "",
    }
    shown = documents if with_all else documents[:MOST_DOCUMENTS]
    if not shown:
        return
    title = f"Documents of the month, the largest first: {len(documents):,}"
    show(table(title, list(names.values()), _values(shown, names)))
    if len(documents) > len(shown):
        rest = sum((row["amount_local"] for row in documents[len(shown) :]), Decimal(0))
        tell(f"… and {len(documents) - len(shown):,} more, together {rest:,.2f}; --all shows them")
    tell(f'Follow one    finance trace document "{escape(shown[0]["key"])}"')


def _show_adjustments(adjustments: Sequence[Mapping[str, Any]], entity_code: str, month: date) -> None:
    """Show what stands beside the ledger on this account: the balance above is without it."""
    if not adjustments:
        return
    names = {
        "adjustment_code": "adjustment",
        "ledger_code": "ledger",
        "posting_date": "posted on",
        "amount_local": "amount",
        "local_currency": "",
        "proposed_by": "proposed by",
        "approved_by": "approved by",
        "reason": "why",
    }
    title = "Manual adjustments beside the ledger: not in the balance above"
    show(table(title, list(names.values()), _values(adjustments, names)))
    tell(f"With and without them    finance adjustments effect {entity_code} {month:%Y-%m}")


def _hop_rows(rows: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    names = ("key", "date", "amount", "currency", "state", "entity_code", "load_id")
    return [[row[name] for name in names] for row in rows]


def _show_chain(found: Mapping[str, Any]) -> None:
    for hop in found["hops"]:
        more = f", and {hop['more']} more" if hop["more"] else ""
        columns = ("", "date", "amount", "", "state", "entity", "load")
        show(table(f"{hop['step']}{more}", columns, _hop_rows(hop["rows"])))
        _show_mappings(hop["mappings"])
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
    if found["hops"]:
        rows = [(hop["step"], ", ".join(hop["consumed_by"]) or "not consumed: no mart") for hop in found["hops"]]
        show(table("Which tables read it", ("", "marts"), rows))
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
    if rows:
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
        yield _Trace(settings, store, connection)
