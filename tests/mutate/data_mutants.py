"""Mutants of the data: what a source sent, or somebody mapped, says something else. A mutant is a row of the YAML.

It names the table (`instance.resource`, or `mappings.table`), the kind, and where it concerns only some rows: how many
(`rows`, one unless said), out of which (`where`), and the columns whose values bring along the rows that belong to the
same record (`together`). Rows are taken by a hash of their content: always the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

LISTED = Path(__file__).with_name("data_mutants.yaml")
MAPPINGS = "mappings"
_OTHER_SIDE = {"S": "H", "CRDT": "DBIT", "C": "D", "debit": "credit"}
_SIDES = {**_OTHER_SIDE, **{other: side for side, other in _OTHER_SIDE.items()}}
# Kind → what a column then holds; `{c}` is the column, `{days}` and `{to}` what the row says.
_VALUES = {
    "flip sign": """
        case
            when {c} like '-%' then substr({c}, 2)
            when regexp_matches({c}, '[1-9]') then '-' || {c}
            else {c}
        end
    """,
    "factor 100": """
        case
            when regexp_matches({c}, '^-?[0-9]+[.,][0-9][0-9]$') then regexp_replace({c}, '[.,]', '')
            else regexp_replace({c}, '^(-?[0-9]+)', '\\100')
        end
    """,
    "a cent more": """
        case
            when contains({c}, ',')
                then replace(cast(cast(replace({c}, ',', '.') as decimal(18, 2)) + 0.01 as varchar), '.', ',')
            when contains({c}, '.') then cast(cast({c} as decimal(18, 2)) + 0.01 as varchar)
            else cast(cast({c} as bigint) + 1 as varchar)
        end
    """,
    "shift date": """
        case
            when {c} like '/Date(%'
                then '/Date(' || (regexp_extract({c}, '-?[0-9]+')::bigint + {days}::bigint * 86400000) || ')/'
            when regexp_matches({c}, '^[0-9]{{10}}$') then cast({c}::bigint + {days} * 86400 as varchar)
            when regexp_matches({c}, '^[0-9]{{6}}$')
                then strftime(strptime({c}, '%y%m%d') + {days} * interval 1 day, '%y%m%d')
            else cast(cast(left({c}, 10) as date) + {days} as varchar) || substr({c}, 11)
        end
    """,
    "swap side": "case {c} " + " ".join(f"when '{a}' then '{b}'" for a, b in _SIDES.items()) + " else {c} end",
    "set": "{to}",
    "empty": "null",
}


@dataclass(frozen=True)
class DataMutant:
    """One thing wrong in what was landed of a resource, or in a mapping: statements on `{table}`."""

    name: str
    kind: str
    instance: str
    resource: str
    statements: tuple[str, ...]


def mutants(only: str = "") -> list[DataMutant]:
    """Return the listed mutants; `only` those whose name has this in it."""
    listed = [_mutant(row) for row in yaml.safe_load(LISTED.read_text())]
    names = [mutant.name for mutant in listed]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{LISTED.name}: two mutants are called '{twice[0]}'; give one of them a note")
    return [mutant for mutant in listed if only in mutant.name]


def _mutant(row: dict[str, Any]) -> DataMutant:
    known = {"table", "kind", "columns", "where", "rows", "together", "days", "to", "changes", "percent", "note"}
    if unknown := set(row) - known:
        raise ValueError(f"{LISTED.name}: {row} says {sorted(unknown)[0]}, which means nothing")
    instance, _, resource = row["table"].partition(".")
    columns = row.get("columns", [])
    what = [row["kind"], f"{row['table']}{'.' + '+'.join(columns) if columns else ''}"]
    name = " ".join([*what, *([f"({row['note']})"] if "note" in row else [])])
    return DataMutant(name, row["kind"], instance, resource, tuple(_statements(row)))


def _statements(row: dict[str, Any]) -> list[str]:
    chosen, kind = _chosen(row), row["kind"]
    if kind == "drop":
        return [f"delete from {{table}} where {chosen}"]
    if kind == "truncate":
        part = row.get("percent", 20)
        return [f"delete from {{table}} where rowid >= (select count(*) * {100 - part} // 100 from {{table}})"]
    if kind == "duplicate":
        changes = ", ".join(f'{value} as "{column}"' for column, value in row.get("changes", {}).items())
        replaced = f"* replace ({changes})" if changes else "*"
        return [f"insert into {{table}} by name select {replaced} from {{table}} where {chosen}"]
    changes = ", ".join(
        f'"{column}" = ' + _VALUES[kind].format(c=f'"{column}"', days=row.get("days", 0), to=row.get("to", "null"))
        for column in row["columns"]
    )
    return [f"update {{table}} set {changes} where {chosen}"]


def _chosen(row: dict[str, Any]) -> str:
    condition = row.get("where", "true")
    if row.get("rows") == "all":
        return condition
    first = f"from {{table}} as t where {condition} order by hash(t) limit {row.get('rows', 1)}"
    if "together" not in row:
        return f"rowid in (select rowid {first})"
    record = ", ".join(f'"{column}"' for column in row["together"])
    return f"({record}) in (select ({record}) {first})"
