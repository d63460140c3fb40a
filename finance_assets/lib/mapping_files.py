"""The company's mappings as files that people change: a row is proposed by one and approved by another.

The files are the mappings: they are read every night as they are, and reviewed in git like code. What is written here
is one row of one file, in one rename, so that a night that reads meanwhile sees the file as it was or as it is.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from dlt_sources.errors import ConfigurationError
from dlt_sources.strict_yaml import did_you_mean
from finance_assets.control.decisions import DecisionRefused, is_same_person

FOUR_EYES = ("proposed_by", "approved_by")


@dataclass(frozen=True)
class Kind:
    """A mapping that the work queue asks for: which columns name a row, what it says, and the gap it closes."""

    name: str
    key: tuple[str, ...]
    member: str
    gap: str


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "accounts", ("source_instance", "chart_code", "source_account_id"), "group_account_code", "unmapped_account"
        ),
        Kind("product_families", ("source_instance", "product_code"), "product_family_code", "unmapped_product"),
        Kind("stages", ("source_instance", "stage_name"), "forecast_category", "unmapped_stage"),
        Kind("customers", ("source_instance", "source_customer_id"), "customer_key", "unmatched_customer"),
        Kind(
            "customer_separations",
            ("source_instance", "source_customer_id", "other_instance", "other_customer_id"),
            "decision",
            "",
        ),
        Kind(
            "bank_accounts", ("source_instance", "source_bank_account_id"), "source_account_id", "unmapped_bank_account"
        ),
        Kind("cost_centres", ("source_instance", "source_cost_centre_id"), "group_cost_centre_code", ""),
        Kind("territories", ("source_instance", "source_territory_id"), "source_entity_id", ""),
        Kind("entities", ("source_instance", "source_entity_id"), "entity_code", ""),
    )
}


class MappingFile:
    """One mapping of the company, as its CSV file."""

    def __init__(self, folder: Path, kind: Kind, columns: Callable[[], Sequence[str]]) -> None:
        """`columns` tells those that dbt reads, which a new file gets."""
        self._path = folder / f"{kind.name}.csv"
        self.kind = kind
        self._columns = columns
        self._rows = self._read()

    def rows(self) -> list[dict[str, str]]:
        """Return every row, as it stands in the file."""
        return [dict(row) for row in self._rows]

    def pending(self) -> list[dict[str, str]]:
        """Return the rows that somebody proposed and nobody has approved."""
        return [dict(row) for row in self._rows if _is_pending(row)]

    def proposal(self, key: str) -> dict[str, str]:
        """Return the row that waits for its approval; raise DecisionRefused when there is none of this key."""
        return dict(self._proposal(key))

    def key_of(self, row: Mapping[str, str]) -> str:
        """Return what names the row: its key columns, joined by |."""
        return "|".join(row[name] for name in self.kind.key)

    def propose(
        self, key: str, member: str, by: str, reason: str, valid_from: date, others: Mapping[str, str]
    ) -> dict[str, str]:
        """Add a row that waits for its approval, and return it.

        `others` are further columns that the mapping asks for. Raises DecisionRefused without a reason, for a key that
        has not the mapping's parts, a column it has not got, and a key that has a proposal already.
        """
        parts = key.split("|")
        if len(parts) != len(self.kind.key) or not all(parts):
            expected = "|".join(self.kind.key)
            raise DecisionRefused(f"'{key}' is not a key of {self.kind.name}: it is written {expected}")
        if unknown := next((name for name in others if name not in self._header), None):
            raise DecisionRefused(f"{self._path.name} has no column '{unknown}'" + did_you_mean(unknown, self._header))
        if not reason.strip():
            raise DecisionRefused("say why it belongs there: a proposal needs a reason")
        if any(self.key_of(row) == key for row in self.pending()):
            raise DecisionRefused(f"{self.kind.name} {key} has a proposal already: have it approved or rejected first")
        row = {
            **dict.fromkeys(self._header, ""),
            **dict(zip(self.kind.key, parts, strict=True)),
            **others,
            self.kind.member: member,
            "valid_from": valid_from.isoformat(),
            "proposed_by": by,
            "reason": reason.strip(),
        }
        self._standing(key, row["valid_from"])
        self._write([*self._rows, row])
        return row

    def approve(self, key: str, by: str) -> dict[str, str]:
        """Approve the proposal of the key and return its row; nobody approves what they proposed.

        What held until then ends on the day the new row begins, so that no day has two answers.
        """
        row = self._proposal(key)
        if is_same_person(row["proposed_by"], by):
            raise DecisionRefused(
                f"{self.kind.name} {key}: {by} proposed it and cannot approve it; somebody else has to approve or "
                "reject it"
            )
        before = self._standing(key, row["valid_from"])
        approved = {**row, "approved_by": by}
        changed = {id(row): approved} | ({id(before): {**before, "valid_to": row["valid_from"]}} if before else {})
        self._write([changed.get(id(each), each) for each in self._rows])
        return approved

    def reject(self, key: str) -> dict[str, str]:
        """Take the proposal of the key out of the file and return it."""
        row = self._proposal(key)
        self._write([each for each in self._rows if each is not row])
        return row

    def _proposal(self, key: str) -> dict[str, str]:
        found = [row for row in self._rows if self.key_of(row) == key and _is_pending(row)]
        if not found:
            raise DecisionRefused(f"{self.kind.name} has no proposal for {key}; `finance mappings pending` lists them")
        return found[0]

    def _standing(self, key: str, valid_from: str) -> dict[str, str] | None:
        """The approved row that holds without an end; raise DecisionRefused if it begins no earlier."""
        for row in self._rows:
            if self.key_of(row) == key and row["approved_by"] and not row["valid_to"]:
                if row["valid_from"] >= valid_from:
                    raise DecisionRefused(
                        f"{self.kind.name} {key} is mapped since {row['valid_from']}: a change begins after that day "
                        "(--from)"
                    )
                return row
        return None

    @cached_property
    def _header(self) -> list[str]:
        if not self._path.exists():
            return list(self._columns())
        with self._path.open(encoding="utf-8-sig", newline="") as file:
            return next(csv.reader(file, strict=True), [])

    def _read(self) -> list[dict[str, str]]:
        if not self._path.exists():
            return []
        if missing := [name for name in (*self.kind.key, self.kind.member, *FOUR_EYES) if name not in self._header]:
            raise ConfigurationError(f"{self._path}, line 1: column '{missing[0]}' is missing: add it")
        with self._path.open(encoding="utf-8-sig", newline="") as file:
            return [{name: value or "" for name, value in row.items()} for row in csv.DictReader(file, strict=True)]

    def _write(self, rows: Sequence[Mapping[str, str]]) -> None:
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, self._header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        part = self._path.with_suffix(".part")
        part.write_text(text.getvalue(), encoding="utf-8")
        part.replace(self._path)
        self._rows = [dict(row) for row in rows]


def _is_pending(row: Mapping[str, str]) -> bool:
    return bool(row["proposed_by"] and not row["approved_by"])
