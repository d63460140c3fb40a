"""Follows a document, a customer, an exception or a figure through the published warehouse, hop by hop.

Which table holds which kind of object, by what it is known, and what it comes from and goes into, is said beside the
table in the dbt project (`config.meta.trace`); which documents of two systems belong together is what the
reconciliations have found. So a hop that is not there yet has a name, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

import duckdb

from finance_assets.lib.dbt_manifest import DbtManifest
from finance_assets.lib.lineage import LANDED_PREFIX, Lineage
from finance_assets.lib.records import records
from finance_assets.lib.report import TIED

# Enough to see a chain; a payout of a thousand payments is told as a number.
MOST_ROWS = 25
MOST_KEYS = 500
# From a lead to its money at the bank, and back.
MOST_STEPS = 8
# Of documents that are called the same: more than that are not compared with each other.
MOST_CHAINS = 5
MOST_NAMES = 5
_MARTS = "marts"
_RECONCILED = """
    select reconciliation_name, outcome, cause, rule_name, entity_code, currency_code, left_instance, left_key,
        left_date, left_amount, right_instance, right_key, right_date, right_amount, amount_difference, exception_type,
        natural_key
    from reconciliation.fct_reconciliations
"""
IS_PUBLISHED = "select 1 from reconciliation.fct_exceptions where exception_type = $type and natural_key = $key"
# The records of customers that an exception names: one, or both of a pair that may be one customer.
NAMED_CUSTOMERS = """
    with named as (
        select unnest([
            struct_pack(instance := source_instance, id := source_customer_id),
            struct_pack(instance := other_instance, id := other_customer_id)
        ], recursive := true)
        from canonical.customer_match_cases
        where concat_ws('|', source_instance, source_customer_id, other_instance, other_customer_id) = $key
    )
    select source_role, source_instance, source_customer_id, customer_name, street, postal_code, city, country_code,
        tax_id, lei, email_domain, phone, parent_source_customer_id, customer_id, decided_by, load_id
    from canonical.customer_crosswalk as records
    where concat_ws('|', source_instance, source_customer_id) = $key
        or exists (from named where instance = records.source_instance and id = records.source_customer_id)
    order by source_role, source_instance, source_customer_id
"""


@dataclass(frozen=True)
class TracedTable:
    """A table of the warehouse as `config.meta.trace` describes it; every key is a list of columns."""

    name: str
    title: str
    step: int
    kind: str
    key: Sequence[str]
    aliases: Sequence[str] = ()
    comes_from: Sequence[Mapping[str, Any]] = ()
    goes_into: Sequence[Mapping[str, Any]] = ()
    reconciled: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    shows: Mapping[str, str] = field(default_factory=dict)
    awaits: Mapping[str, str] = field(default_factory=dict)
    mapped: Mapping[str, Sequence[str]] = field(default_factory=dict)
    # Type of exception → the key by which it names rows of this table, and which rows of that key it means.
    gaps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    consumed_by: Sequence[str] = ()

    @property
    def address(self) -> str:
        """The table as SQL names it."""
        return f"canonical.{self.name}"

    @property
    def own(self) -> str:
        """SQL: the object a row is, or is a part of."""
        return _object(self.kind, self.key)

    @property
    def origins(self) -> list[str]:
        """SQL: the objects a row comes from."""
        return [_object(each["kind"], each["key"]) for each in self.comes_from]

    @property
    def destinations(self) -> list[str]:
        """SQL: the objects a row goes into."""
        return [_object(each["kind"], each["key"]) for each in self.goes_into]


@dataclass
class Found:
    """A row of a traced table: what it is, what it shows and by which load it came."""

    table: TracedTable
    own: str
    origins: list[str]
    destinations: list[str]
    row: dict[str, Any]

    def shown(self) -> dict[str, Any]:
        """Return what a person needs of it: key, date, amount in its currency, state, entity, instance and load."""
        names = {"key": self.own.partition(":")[2]}
        shows = {name: self.row.get(column) for name, column in self.table.shows.items()}
        carried = {name: self.row.get(name) for name in ("entity_code", "source_instance", "load_id", "data_status")}
        return {**names, "date": None, "amount": None, "currency": None, "state": None, **shows, **carried}


def described_traces(manifest: DbtManifest) -> dict[str, Any]:
    """Return what a trace needs to know of the dbt project, as a publication keeps it: readers have no dbt."""
    return {
        "tables": [asdict(table) for table in _traced_tables(manifest)],
        "customer_resources": _customer_resources(manifest),
    }


def traced_tables(described: Mapping[str, Any]) -> list[TracedTable]:
    """Return the tables that can be followed, in the order of the business, of what a publication has kept."""
    return [TracedTable(**table) for table in described["tables"]]


def _traced_tables(manifest: DbtManifest) -> list[TracedTable]:
    """The tables that can be followed, in the order of the business."""
    nodes, lineage = manifest.content["nodes"], Lineage(manifest.content)
    marts = {
        node["alias"]: lineage.upstream_of(unique_id)
        for unique_id, node in sorted(nodes.items())
        if node["resource_type"] == "model" and node["schema"] == _MARTS
    }
    tables = [
        TracedTable(
            node["alias"], consumed_by=[mart for mart, reads in marts.items() if unique_id in reads], **described
        )
        for unique_id, node in nodes.items()
        if node["resource_type"] == "model" and (described := node["config"].get("meta", {}).get("trace"))
    ]
    return sorted(tables, key=lambda table: (table.step, table.name))


def _customer_resources(manifest: DbtManifest) -> dict[str, list[str]]:
    """Per system, the landed resources that its customers are made of."""
    lineage, found = Lineage(manifest.content), {}
    landed = {
        unique_id: source["identifier"]
        for unique_id, source in manifest.content["sources"].items()
        if source["schema"].startswith(LANDED_PREFIX)
    }
    for unique_id, node in manifest.content["nodes"].items():
        if node["resource_type"] == "model" and node["name"].endswith("__customers_conformed"):
            found[node["fqn"][2]] = sorted(landed[each] for each in lineage.upstream_of(unique_id) & landed.keys())
    return found


class Tracer:
    """Asks one published warehouse."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, tables: Sequence[TracedTable]) -> None:
        there = {name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()}
        self._connection = connection
        self._tables = [table for table in tables if table.name in there]
        self._names = {table.name: table for table in self._tables}

    def document(self, reference: str) -> dict[str, Any]:
        """Return everything about the documents that are called so; `hops` is empty when there are none.

        Also when they have nothing to do with each other: then `several` has one row for each, with its whole key.
        """
        found = []
        for table in self._tables:
            texts = [f"cast({column} as varchar) = $reference" for column in table.aliases]
            texts.append(f"{_key_text(table.key)} = $reference or ends_with({_key_text(table.key)}, '|' || $reference)")
            found += self._rows(table, f"({' or '.join(texts)})", {"reference": reference})
        apart = self._apart(found)
        several = [{"step": rows[0].table.title, **rows[0].shown()} for rows in apart] if len(apart) > 1 else []
        return self._follow([] if several else found) | {
            "several": several,
            "exceptions_naming_it": [] if found else self._exceptions_naming(reference),
        }

    def _apart(self, found: Sequence[Found]) -> list[list[Found]]:
        """The rows, those of one chain together: what has the same number may have nothing else in common."""
        starts: dict[str, list[Found]] = {}
        for row in found:
            starts.setdefault(row.own, []).append(row)
        apart: list[tuple[list[Found], set[str]]] = []
        for own, rows in starts.items():
            if any(own in reached for _, reached in apart):
                continue
            reached = {own}
            if len(starts) > 1 and len(apart) < MOST_CHAINS:
                reached |= {row.own for direction in ("back", "on") for row in self._walk(rows, direction, {})}
            joined = next((chain for chain in apart if chain[0][0].own in reached), None)
            if joined:
                joined[1].update(reached)
            else:
                apart.append((rows, reached))
        return [rows for rows, _ in apart]

    def exception(self, exception_type: str, natural_key: str) -> dict[str, Any]:
        """Return everything about the documents that an exception is about.

        `records` are those that a gap of the mappings stands for, the largest first; `customers` the records of
        customers that it names; `is_published` whether the published night has found it.
        """
        named = {"type": exception_type, "key": natural_key}
        compared = self._ask(f"{_RECONCILED} where exception_type = $type and natural_key = $key", **named)
        found = [row for item in compared for side in ("left", "right") for row in self._behind(item, side)]
        gaps = self._ask(
            "select entity_code, period_month, amount_transaction, transaction_currency, subject, source_instance, "
            "load_id from reconciliation.fct_mapping_gaps where exception_type = $type and natural_key = $key "
            "order by all",
            **named,
        )
        return self._follow(_without_doubles(found)) | {
            "gaps": gaps,
            "records": self._records_of_gap(exception_type, natural_key),
            "customers": self._ask(NAMED_CUSTOMERS, key=natural_key),
            "is_published": bool(self._ask(IS_PUBLISHED, **named)),
        }

    def _records_of_gap(self, exception_type: str, natural_key: str) -> list[dict[str, Any]]:
        """Per table, the rows that a gap stands for: the largest, and how many more there are."""
        found = []
        for table in self._tables:
            if gap := table.gaps.get(exception_type):
                condition = f"{_key_text(gap['key'])} = $key and ({gap['where']})"
                asked = f"select count(*) as rows from {table.address} where {condition}"
                count = self._ask(asked, key=natural_key)[0]["rows"]
                order = f"abs({table.shows['amount']}) desc, {table.own} limit {MOST_ROWS}"
                rows = self._rows(table, condition, {"key": natural_key}, order)
                if rows:
                    shown = [row.shown() for row in rows]
                    hop = {"step": table.title, "table": table.address, "rows": shown, "more": count - len(rows)}
                    found.append(hop)
        return found

    def names_like(self, named: str) -> list[str]:
        """Return the names of customers that are nearest to this one, those that contain it first."""
        asked = self._ask(
            """
            select customer_name, max(contains(lower(customer_name), lower($named))) as has_it,
                max(jaro_winkler_similarity(lower(customer_name), lower($named))) as likeness
            from canonical.customer_crosswalk
            where contains(lower(customer_name), lower($named))
                or jaro_winkler_similarity(lower(customer_name), lower($named)) >= 0.85
            group by customer_name
            order by has_it desc, likeness desc, customer_name limit $most
            """,
            named=named,
            most=MOST_NAMES,
        )
        return [row["customer_name"] for row in asked]

    def customer(self, named: str) -> dict[str, Any] | None:
        """Return the golden customer of that name, key or id in any system: its records, and what was done with it.

        None if there is no such customer. With several of that name, the one that has most records.
        """
        chosen = self._ask(
            """
            select customer_id from canonical.customer_crosswalk
            where lower(customer_name) = lower($named) or customer_key = $named or source_customer_id = $named
                or customer_id = $named
                or customer_id in (
                    select customer_id from canonical.customer_aliases where alias_customer_id = $named
                )
            group by customer_id order by count(*) desc, customer_id limit 1
            """,
            named=named,
        )
        if not chosen:
            return None
        customer_id = chosen[0]["customer_id"]
        records = self._ask(
            """
            select source_role, source_instance, source_customer_id, customer_name, country_code, tax_id, decided_by,
                score, is_ambiguous, is_deleted, recorded_at, load_id
            from canonical.customer_crosswalk where customer_id = $id order by source_role, source_instance
            """,
            id=customer_id,
        )
        roles = self._ask("select distinct source_role from canonical.customer_crosswalk order by 1")
        there = {record["source_role"] for record in records}
        activity = [
            {"what": table.title, "table": table.address, **row}
            for table in self._tables
            if "customer_id" in self._columns(table)
            for row in self._activity(table, customer_id)
        ]
        return {
            "customer": self._ask("select * from canonical.dim_customers where customer_id = $id", id=customer_id)[0],
            "records": records,
            "not_in": [role["source_role"] for role in roles if role["source_role"] not in there],
            "choices": self._ask(
                """
                select attribute, attribute_value, source_instance, source_customer_id, authority_rank, load_id
                from canonical.customer_attribute_choices where customer_id = $id and choice_rank = 1 order by attribute
                """,
                id=customer_id,
            ),
            "mappings": self._ask(
                """
                select source_instance, source_customer_id, customer_key, valid_from, valid_to, proposed_by,
                    approved_by, reason
                from canonical.map_customers
                where exists (
                    from canonical.customer_crosswalk as records
                    where records.customer_id = $id and records.source_instance = map_customers.source_instance
                        and records.source_customer_id = map_customers.source_customer_id
                )
                """,
                id=customer_id,
            ),
            "activity": activity,
            "not_consumed": [
                table.title
                for table in self._tables
                if "customer_id" in self._columns(table) and table.title not in {row["what"] for row in activity}
            ],
            "loads": sorted({record["load_id"] for record in records}),
        }

    def figure(self, entity_code: str, month: date, account: str) -> dict[str, Any]:
        """Return what the balance of an account is made of: its documents, the largest first, mappings, adjustments."""
        where = {"entity": entity_code, "month": month, "account": account}
        balances = self._ask(
            """
            select ledger_code, source_account_id, fiscal_year, fiscal_period, amount_opening_local, amount_debit_local,
                amount_credit_local, amount_closing_local, local_currency, line_count, source_instance, load_id,
                data_status
            from canonical.fct_trial_balances
            where entity_code = $entity and calendar_month = $month
                and (group_account_code = $account or source_account_id = $account)
            order by all
            """,
            **where,
        )
        postings = self._ask(
            """
            select document_type, load_id, source_instance, count(distinct document_number) as documents,
                count(*) as lines, sum(amount_local) as amount_local, local_currency,
                min(document_number) as first_document, max(document_number) as last_document
            from canonical.fct_journal_lines
            where entity_code = $entity and calendar_month = $month
                and (group_account_code = $account or source_account_id = $account)
            group by document_type, load_id, source_instance, local_currency
            order by document_type, load_id
            """,
            **where,
        )
        adjustments = self._ask(
            """
            select adjustment_code, ledger_code, group_account_code, min(posting_date) as posting_date,
                sum(amount_local) as amount_local, local_currency, proposed_by, approved_by, reason
            from canonical.fct_adjustment_lines
            where entity_code = $entity and calendar_month <= $month and group_account_code in (
                select group_account_code from canonical.fct_trial_balances
                where entity_code = $entity and (group_account_code = $account or source_account_id = $account)
            )
            group by all
            having sum(amount_local) <> 0 or max(calendar_month) = $month
            order by posting_date, adjustment_code
            """,
            **where,
        )
        mapped = self._ask(
            """
            select distinct mappings.source_instance, mappings.chart_code, mappings.source_account_id,
                mappings.group_account_code, mappings.valid_from, mappings.valid_to, mappings.proposed_by,
                mappings.approved_by, mappings.reason
            from canonical.map_accounts as mappings
            inner join canonical.fct_trial_balances as balances
                on mappings.source_instance = balances.source_instance and mappings.chart_code = balances.chart_code
                and mappings.source_account_id = balances.source_account_id
            where balances.entity_code = $entity and balances.calendar_month = $month
                and (balances.group_account_code = $account or balances.source_account_id = $account)
            order by all
            """,
            **where,
        )
        controls = self._ask(
            """
            select control_name, is_passed, detail, owner from reconciliation.fct_close_status
            where entity_code = $entity and period_month = $month and module = 'GL' order by control_name
            """,
            entity=entity_code,
            month=month,
        )
        table = self._names.get("fct_journal_lines")
        return {
            "balances": balances,
            "postings": postings,
            "documents": self._documents_of(where),
            "adjustments": adjustments,
            "mappings": mapped,
            "controls": controls,
            "consumed_by": list(table.consumed_by) if table else [],
            "loads": sorted({row["load_id"] for row in (*balances, *postings) if row["load_id"]}),
        }

    def _documents_of(self, where: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The documents of an account and month, the largest first, each with the key by which it is followed."""
        table = self._names.get("fct_journal_lines")
        if table is None:
            return []
        return self._ask(
            f"""
            select {_key_text(table.key)} as key, document_number, document_type, posting_date, count(*) as lines,
                sum(amount_local) as amount_local, local_currency
            from {table.address}
            where entity_code = $entity and calendar_month = $month
                and (group_account_code = $account or source_account_id = $account)
            group by all
            order by abs(sum(amount_local)) desc, key
            """,
            **where,
        )

    def _follow(self, found: Sequence[Found]) -> dict[str, Any]:
        """The chain through the documents: what they came from, what became of them, and what is not there yet."""
        compared: dict[tuple[Any, ...], dict[str, Any]] = {}
        onward = self._walk(found, "on", compared)
        rows = _without_doubles([*self._walk(found, "back", compared), *onward])
        reached = {row.table.name for row in onward}
        missing = [
            {"after": row.table.title, "missing": self._names[name].title, "key": row.own}
            for row in onward
            for name, condition in row.table.awaits.items()
            if name in self._names
            and name not in reached
            and not _is_matched(row, self._names[name], compared.values())
            and self._holds(row, condition)
        ]
        hops = []
        for table in self._tables:
            of_table = [row for row in rows if row.table is table]
            if of_table:
                shown = [row.shown() for row in of_table[:MOST_ROWS]]
                hops.append(
                    {
                        "step": table.title,
                        "table": table.address,
                        "rows": shown,
                        "more": len(of_table) - len(shown),
                        "mappings": self._mappings(table, of_table[:MOST_ROWS]),
                        "consumed_by": list(table.consumed_by),
                    }
                )
        return {
            "hops": hops,
            "not_yet": _distinct(missing, "after", "missing"),
            "reconciliations": list(compared.values())[:MOST_ROWS],
            "loads": sorted({row.row["load_id"] for row in rows if row.row.get("load_id")}),
        }

    def _walk(self, found: Sequence[Found], direction: str, compared: dict[tuple[Any, ...], Any]) -> list[Found]:
        """The rows and all that they came from ("back"), or that became of them ("on")."""
        rows = edge = list(found)
        for _ in range(MOST_STEPS):
            edge = self._next(edge, direction, rows, compared)
            if not edge:
                break
            rows = [*rows, *edge]
        return rows

    def _next(
        self, edge: Sequence[Found], direction: str, known: Sequence[Found], compared: dict[tuple[Any, ...], Any]
    ) -> list[Found]:
        """The rows one step back, or one step on, that are not known yet; parts of the same objects first."""
        own = sorted({row.own for row in edge})[:MOST_KEYS]
        outward = sorted({key for row in edge for key in (row.origins if direction == "back" else row.destinations)})
        objects = [*own, *outward[:MOST_KEYS]]
        found: list[Found] = []
        for table in self._tables:
            conditions, keys = [], {}
            if wanted := _of_kind(objects, table.kind):
                conditions.append(f"{table.own} in (select unnest($objects))")
                keys["objects"] = wanted
            for number, each in enumerate(table.goes_into if direction == "back" else table.comes_from):
                if wanted := _of_kind(objects, each["kind"]):
                    conditions.append(f"{_object(each['kind'], each['key'])} in (select unnest($own_{number}))")
                    keys[f"own_{number}"] = wanted
            if conditions:
                found += self._rows(table, f"({' or '.join(conditions)})", keys)
        here, there = ("right", "left") if direction == "back" else ("left", "right")
        for item in self._compared(edge, here):
            compared[tuple(item.values())] = item
            found += self._behind(item, there)
        # What the row itself was compared with is told, also where the other side is missing.
        for item in self._compared(edge, there):
            compared[tuple(item.values())] = item
        seen = {(row.table.name, *row.row.values()) for row in known}
        return [row for row in _without_doubles(found) if (row.table.name, *row.row.values()) not in seen]

    def _compared(self, edge: Sequence[Found], side: str) -> list[dict[str, Any]]:
        """The items of reconciliations that have one of these rows on that side."""
        items = []
        for table in self._tables:
            rows = [row.row for row in edge if row.table is table]
            for name, described in table.reconciled.items():
                if rows and described["side"] == side:
                    keys = sorted({_text_of(row, described["key"]) for row in rows})[:MOST_KEYS]
                    items += self._ask(
                        f"{_RECONCILED} where reconciliation_name = $name and exists (select 1 from unnest($keys) as "
                        f"known (key) where {side}_key = known.key or starts_with({side}_key, known.key || '|'))",
                        name=name,
                        keys=keys,
                    )
        return items

    def _behind(self, item: Mapping[str, Any], side: str) -> list[Found]:
        """The rows that one side of a reconciled item stands for."""
        key = item[f"{side}_key"]
        found = []
        for table in self._tables:
            described = table.reconciled.get(item["reconciliation_name"])
            if key is not None and described and described["side"] == side:
                text = _key_text(described["key"])
                found += self._rows(table, f"($key = {text} or starts_with($key, {text} || '|'))", {"key": key})
        return found

    def _rows(
        self, table: TracedTable, condition: str, parameters: Mapping[str, Any], order: str = "all"
    ) -> list[Found]:
        objects = [table.own, *table.origins, *table.destinations]
        listed = ", ".join(f"{expression} as object_{number}" for number, expression in enumerate(objects))
        asked = self._ask(f"select {listed}, * from {table.address} where {condition} order by {order}", **parameters)
        found = []
        for row in asked:
            named = [row.pop(f"object_{number}") for number in range(len(objects))]
            split = 1 + len(table.origins)
            origins, destinations = (
                [each for each in part if each is not None] for part in (named[1:split], named[split:])
            )
            found.append(Found(table, named[0] or f"{table.kind}:", origins, destinations, row))
        return found

    def _holds(self, row: Found, condition: str) -> bool:
        keys = {"own": row.own}
        query = f"select count(*) as rows from {row.table.address} where {row.table.own} = $own and ({condition})"
        return self._ask(query, **keys)[0]["rows"] > 0

    def _mappings(self, table: TracedTable, rows: Sequence[Found]) -> list[dict[str, Any]]:
        """The rows of the mappings that were used for these rows."""
        used = []
        for mapping, columns in table.mapped.items():
            keys = sorted({_text_of(row.row, columns) for row in rows})
            asked = self._ask(
                f"select * exclude (data_status, data_status_detail) from canonical.{mapping} "
                f"where {_key_text(columns)} in (select unnest($keys)) order by all",
                keys=keys,
            )
            used += [{"mapping": mapping, **row} for row in asked]
        return used

    def _activity(self, table: TracedTable, customer_id: str) -> list[dict[str, Any]]:
        shows = table.shows
        day, amount, currency = (shows.get(name) for name in ("date", "amount", "currency"))
        return self._ask(
            f"select count(*) as rows, {f'sum({amount})' if amount else 'null'} as amount, "
            f"{currency or 'null'} as currency, {f'min({day})' if day else 'null'} as first_date, "
            f"{f'max({day})' if day else 'null'} as last_date from {table.address} where customer_id = $id "
            f"{f'group by {currency}' if currency else 'having count(*) > 0'} order by all",
            id=customer_id,
        )

    def _columns(self, table: TracedTable) -> set[str]:
        described = self._connection.execute(f"describe {table.address}").fetchall()
        return {row[0] for row in described}

    def _exceptions_naming(self, reference: str) -> list[dict[str, Any]]:
        """Exceptions that name the reference: what was sent and could not be read counts nowhere, and waits there."""
        return self._ask(
            "select exception_id, exception_type, description, owner from reconciliation.fct_exceptions "
            "where contains(natural_key, $reference) or contains(description, $reference) order by all limit 5",
            reference=reference,
        )

    def _ask(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        return records(self._connection, query, parameters or None)


def _is_matched(row: Found, awaited: TracedTable, compared: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a reconciliation has found the awaited side: of several against several it names no pairs."""
    for name, described in row.table.reconciled.items():
        if name in awaited.reconciled and described["side"] != awaited.reconciled[name]["side"]:
            key = _text_of(row.row, described["key"])
            for item in compared:
                there = item[f"{described['side']}_key"] or ""
                if (
                    item["reconciliation_name"] == name
                    and item["outcome"] in TIED
                    and f"{there}|".startswith(f"{key}|")
                ):
                    return True
    return False


def _of_kind(objects: Sequence[str], kind: str) -> list[str]:
    return [each for each in objects if each.startswith(f"{kind}:")]


def _object(kind: str, columns: Sequence[str]) -> str:
    """SQL: the object of the kind that these columns name; null if one of them is."""
    return f"'{kind}:' || {_key_text(columns)}"


def _key_text(columns: Sequence[str]) -> str:
    return " || '|' || ".join(f"cast({column} as varchar)" for column in columns)


def _text_of(row: Mapping[str, Any], columns: Sequence[str]) -> str:
    return "|".join(str(row[column]) for column in columns)


def _without_doubles(found: Iterable[Found]) -> list[Found]:
    return list({(row.table.name, *row.row.values()): row for row in found}.values())


def _distinct(rows: Iterable[dict[str, Any]], *by: str) -> list[dict[str, Any]]:
    return list({tuple(row[name] for name in by): row for row in rows}.values())
