"""The company's mappings and adjustments as files that people change: proposed by one person, approved by another.

The files are what counts: they are read every night as they are, and reviewed in git like code. What is written here is
one decision in one file, in one rename, so that a night that reads meanwhile sees the file as it was or as it is.
"""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from dlt_sources.errors import ConfigurationError
from dlt_sources.strict_yaml import did_you_mean
from finance_assets.control.decisions import DecisionRefused, is_same_person

# What the code of a journal that takes another one back ends in.
_REVERSED = "-REVERSED"
FOUR_EYES = ("proposed_by", "approved_by")


# What is wrong with a value that a row says beside its member, or None.
Check = Callable[[str], str | None]


def percentage(value: str) -> str | None:
    """Return what is wrong with a number of per cent."""
    try:
        is_one = 0 <= Decimal(value) <= 100
    except InvalidOperation:
        is_one = False
    return None if is_one else "is a number from 0 to 100"


def any_text(value: str) -> str | None:
    """Return what is wrong with a text that has to be there."""
    return None if value.strip() else "is missing"


@dataclass(frozen=True)
class Kind:
    """A mapping that the work queue asks for: what names a row, what it leads to, and the gap that it closes.

    `listed_in` is the mapping that lists its members, by the same column; `values` are the only ones there are.
    `others` are further columns that a row may say, of which those in `needed` have to be there. `row_key` names a row
    in the work queue where that is more than `key`: of what says the same another way, `key` takes what is there.
    """

    name: str
    key: tuple[str, ...]
    member: str
    gap: str
    listed_in: str = ""
    values: tuple[str, ...] = ()
    others: Mapping[str, Check] = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    row_key: tuple[str, ...] = ()
    # What stands in for a column of the key that a row leaves empty.
    stands_in: Mapping[str, str] = field(default_factory=dict)

    def key_of(self, row: Mapping[str, str]) -> str:
        """Return what names the decision of a row: its key columns, joined by |."""
        return "|".join(row[name] or row.get(self.stands_in.get(name, ""), "") for name in self.key)


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "accounts",
            ("source_instance", "chart_code", "source_account_id"),
            "group_account_code",
            "unmapped_account",
            listed_in="group_accounts",
        ),
        Kind(
            "product_families",
            ("source_instance", "product_code"),
            "product_family_code",
            "unmapped_product",
            listed_in="families",
            others={"source_product_id": any_text},
            row_key=("source_instance", "source_product_id", "product_code"),
            stands_in={"product_code": "source_product_id"},
        ),
        Kind(
            "stages",
            ("source_instance", "record_type", "stage_name"),
            "forecast_category",
            "unmapped_stage",
            values=("pipeline", "best_case", "commit", "closed", "omitted"),
            others={"probability": percentage},
        ),
        Kind("customers", ("source_instance", "source_customer_id"), "customer_key", "unmatched_customer"),
        Kind(
            "customer_separations",
            ("source_instance", "source_customer_id", "other_instance", "other_customer_id"),
            "decision",
            "",
            values=("different",),
        ),
        Kind(
            "bank_accounts",
            ("source_instance", "source_bank_account_id"),
            "source_account_id",
            "unmapped_bank_account",
            others={"entity_code": any_text},
            needed=("entity_code",),
        ),
        Kind(
            "cost_centres",
            ("source_instance", "source_cost_centre_id"),
            "group_cost_centre_code",
            "unmapped_cost_centre",
        ),
        Kind("territories", ("source_instance", "source_territory_id"), "source_entity_id", "unmapped_territory"),
        Kind("entities", ("source_instance", "source_entity_id"), "entity_code", ""),
    )
}


def code(value: str) -> str:
    """Return a code as it is compared: without outer blanks, the zero padding of numbers, and case."""
    return _bare(value).upper()


def is_withdrawn(row: Mapping[str, str]) -> bool:
    """Return whether a row ends on the day it begins: it holds on no day, or takes back what does."""
    return bool(row["valid_to"]) and row["valid_to"] == row["valid_from"]


class DecisionFile:
    """Decisions of the company as a CSV file: what one person has proposed counts once another one has approved it."""

    # What a decision is called, in the file's name and to people.
    name: str
    # The columns that name a decision; those without which its file cannot be read.
    key: tuple[str, ...]
    needed: tuple[str, ...]
    # Lists what waits for an approval.
    pending_command: str

    def __init__(self, folder: Path, columns: Callable[[], Sequence[str]]) -> None:
        """`columns` tells those that dbt reads, which a new file gets."""
        self._path = folder / f"{self.name}.csv"
        self._columns = columns
        self._rows = self._read()

    def rows(self) -> list[dict[str, str]]:
        """Return every row, as it stands in the file."""
        return [dict(row) for row in self._rows]

    def pending(self) -> list[dict[str, str]]:
        """Return the rows that somebody proposed and nobody has approved."""
        return [dict(row) for row in self._rows if is_pending(row)]

    def proposal(self, key: str) -> list[dict[str, str]]:
        """Return the rows that wait for their approval; raise DecisionRefused when there is none of this key."""
        return [dict(row) for row in self._proposal(key)]

    def key_of(self, row: Mapping[str, str]) -> str:
        """Return what names the decision of a row: its key columns, joined by |."""
        return "|".join(row[name] for name in self.key)

    def approve(self, key: str, by: str) -> list[dict[str, str]]:
        """Approve the proposal of the key and return its rows; nobody approves what they proposed."""
        proposal = self._proposal(key)
        for row in proposal:
            if is_same_person(row["proposed_by"], by):
                raise DecisionRefused(
                    f"{self.name} {key}: {by} proposed it and cannot approve it; somebody else has to approve or "
                    "reject it"
                )
        approved = {id(row): {**row, "approved_by": by} for row in proposal}
        changed = approved | self._ended_by(key, proposal)
        self._write([changed.get(id(each), each) for each in self._rows])
        return list(approved.values())

    def reject(self, key: str) -> list[dict[str, str]]:
        """Take the proposal of the key out of the file and return its rows."""
        proposal = self._proposal(key)
        self._write([each for each in self._rows if not any(each is row for row in proposal)])
        return proposal

    def _propose(self, key: str, by: str, reason: str, rows: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
        """Add rows that wait for their approval, and return them."""
        if not reason.strip():
            raise DecisionRefused(f"say why: a proposal needs a reason, and {self.name} {key} has none")
        if any(self.key_of(row) == key for row in self.pending()):
            raise DecisionRefused(f"{self.name} {key} has a proposal already: have it approved or rejected first")
        decided = {"proposed_by": by, "reason": reason.strip()}
        added = [{**dict.fromkeys(self._header, ""), **row, **decided} for row in rows]
        self._write([*self._rows, *added])
        return added

    def _ended_by(self, key: str, proposal: Sequence[Mapping[str, str]]) -> dict[int, dict[str, str]]:
        """The rows of the file, by identity, that end when the proposal is approved, as they stand then."""
        return {}

    def _proposal(self, key: str) -> list[dict[str, str]]:
        found = [row for row in self._rows if self.key_of(row) == key and is_pending(row)]
        if not found:
            raise DecisionRefused(f"{self.name} has no proposal for {key}; `{self.pending_command}` lists them")
        return found

    @cached_property
    def _header(self) -> list[str]:
        if not self._path.exists():
            return list(self._columns())
        with self._path.open(encoding="utf-8-sig", newline="") as file:
            return next(csv.reader(file, strict=True), [])

    def _read(self) -> list[dict[str, str]]:
        if not self._path.exists():
            return []
        if missing := [name for name in (*self.needed, *FOUR_EYES) if name not in self._header]:
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


class MappingFile(DecisionFile):
    """One mapping of the company; a decision is one row, and a new one ends what held before."""

    pending_command = "finance mappings pending"

    def __init__(self, folder: Path, kind: Kind, columns: Callable[[], Sequence[str]]) -> None:
        """`columns` tells those that dbt reads, which a new file gets."""
        self.kind = kind
        self.name, self.key, self.needed = kind.name, kind.key, (*kind.key, kind.member)
        super().__init__(folder, columns)

    def key_of(self, row: Mapping[str, str]) -> str:
        """Return what names the decision of a row, as its mapping is proposed."""
        return self.kind.key_of(row)

    def rows_of(self, key: str) -> list[dict[str, str]]:
        """Return every row that decides on the key, however its numbers are padded."""
        return [dict(row) for row in self._rows if self._is_of(row, key)]

    def propose(
        self, key: str, member: str, by: str, reason: str, valid_from: date, others: Mapping[str, str]
    ) -> dict[str, str]:
        """Add a row that waits for its approval, and return it.

        `others` are further columns that the mapping asks for. Raises DecisionRefused without a reason, for a key that
        has not the mapping's parts, a row that would not be used (`fault`), and a key that has a proposal already.
        """
        parts = key.split("|")
        if len(parts) != len(self.key) or not all(parts):
            expected = "|".join(self.key)
            raise DecisionRefused(f"'{key}' is not a key of {self.name}: it is written {expected}")
        settable = [*self.kind.others]
        if unknown := next((name for name in others if name not in settable), None):
            raise DecisionRefused(f"{self.name}: --set cannot say '{unknown}'" + did_you_mean(unknown, settable))
        named = {**dict(zip(self.key, parts, strict=True)), self.kind.member: member.strip()}
        row = {**others, **named, "valid_from": valid_from.isoformat(), "valid_to": ""}
        if fault := self.fault(row):
            raise DecisionRefused(f"{self.name} {key}: {fault}")
        self._standing(key, row["valid_from"])
        [added] = self._propose(key, by, reason, [row])
        return added

    def withdraw(self, key: str, by: str, reason: str, first_day: date | None = None) -> dict[str, str]:
        """Propose that what holds for the key holds no longer, from a day on or on no day at all; return that row.

        It ends on the day it begins, so that it maps nothing itself, and its approval ends what holds on that day.
        Raises DecisionRefused when nothing holds, or when the day is before what holds begins.
        """
        standing = self._standing(key, first_day.isoformat() if first_day else "9999-12-31")
        if standing is None:
            raise DecisionRefused(
                f"{self.name} {key} is mapped by no approved row without an end: there is nothing to withdraw "
                "(a proposal is rejected: finance mappings reject)"
            )
        day = first_day.isoformat() if first_day else standing["valid_from"]
        row = {**standing, "approved_by": "", "valid_from": day, "valid_to": day}
        [added] = self._propose(key, by, reason, [row])
        return added

    def approve(self, key: str, by: str) -> list[dict[str, str]]:
        """Approve the proposal of the key, as any decision; raise DecisionRefused for a row that would not be used."""
        for row in self._proposal(key):
            if not is_withdrawn(row) and (fault := self.fault(row)):
                raise DecisionRefused(f"{self.name} {key}: {fault}. Reject the proposal (finance mappings reject)")
        return super().approve(key, by)

    def reject(self, key: str) -> list[dict[str, str]]:
        """Take the proposal of the key out of the file; raise DecisionRefused for a row that is approved already."""
        if not any(self._is_of(row, key) for row in self.pending()) and self._standing(key, "9999-12-31"):
            raise DecisionRefused(
                f"{self.name} {key} is approved: propose to take it back with finance mappings withdraw {self.name} "
                f'"{key}" --reason "…"'
            )
        return super().reject(key)

    def fault(self, row: Mapping[str, str]) -> str | None:
        """Return why the row would not be used though two people stood behind it, with what it may say; else None."""
        member = row[self.kind.member]
        if not member.strip():
            return f"{self.kind.member} is missing"
        if self.kind.values and member not in self.kind.values:
            return f"{self.kind.member} '{member}' is not one of {', '.join(self.kind.values)}"
        for name, check in self.kind.others.items():
            value = row.get(name, "")
            if (value or name in self.kind.needed) and (wrong := check(value)):
                said = f" '{value}'" if value else ""
                return f"{name}{said} {wrong}" + ("" if value else f": --set {name}=…")
        return self._unlisted(row)

    def _unlisted(self, row: Mapping[str, str]) -> str | None:
        """What is wrong with a member that the company does not list, or lists on other days only; else None."""
        column = self.kind.member
        listed = self._members()
        same = [each for each in listed if code(each[column]) == code(row[column])]
        if not listed or any(_overlap(each, row) for each in same):
            return None
        if same:
            days = ", ".join(f"from {each['valid_from']} until {each['valid_to'] or 'now'}" for each in same)
            return f"{self.kind.listed_in}.csv has {column} '{row[column]}' on other days only ({days})"
        names = {each[column]: _name(each, column) for each in listed if _overlap(each, row)}
        nearest = get_close_matches(code(row[column]), [*names], n=3, cutoff=0)
        told = ", ".join(f"{each}{names[each]}" for each in nearest)
        return f"{self.kind.listed_in}.csv has no {column} '{row[column]}'; the nearest are {told or 'none'}"

    def _members(self) -> list[dict[str, str]]:
        """The approved rows of the company's list of members that hold on a day; none where it keeps no list."""
        path = self._path.with_name(f"{self.kind.listed_in}.csv")
        if not self.kind.listed_in or not path.exists():
            return []
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [{name: value or "" for name, value in row.items()} for row in csv.DictReader(file, strict=True)]
        return [row for row in rows if is_approved(row) and not is_withdrawn(row)]

    def _is_of(self, row: Mapping[str, str], key: str) -> bool:
        """Whether the row decides on the key, however its numbers are padded."""
        padded, bare = self.key_of(row).split("|"), key.split("|")
        return padded == bare or [_bare(part) for part in padded] == [_bare(part) for part in bare]

    def _ended_by(self, key: str, proposal: Sequence[Mapping[str, str]]) -> dict[int, dict[str, str]]:
        """What held until then ends on the day the new row begins: no day has two answers.

        What began on the same day holds on none: it is withdrawn.
        """
        [row] = proposal
        before = self._standing(key, row["valid_from"])
        return {id(before): {**before, "valid_to": row["valid_from"]}} if before else {}

    def _standing(self, key: str, valid_from: str) -> dict[str, str] | None:
        """The approved row that holds without an end; raise DecisionRefused if it begins later."""
        for row in self._rows:
            if self._is_of(row, key) and row["approved_by"] and not row["valid_to"]:
                if row["valid_from"] > valid_from:
                    raise DecisionRefused(
                        f"{self.name} {key} is mapped since {row['valid_from']}: a change begins on that day or later "
                        "(--from)"
                    )
                return row
        return None


class AdjustmentFile(DecisionFile):
    """The company's manual adjustments; a decision is a journal: the rows of one adjustment_code."""

    name = "adjustments"
    key = ("adjustment_code",)
    needed = ("adjustment_code", "line_number", "amount_local", "valid_from", "valid_to")
    pending_command = "finance adjustments list"

    def propose(
        self,
        code: str,
        header: Mapping[str, str],
        lines: Sequence[tuple[str, Decimal]],
        days: tuple[date, date],
        by: str,
        reason: str,
    ) -> list[dict[str, str]]:
        """Add a journal that waits for its approval, and return its rows.

        `header` is what all rows share: entity_code, ledger_code, local_currency. `lines` are group accounts with
        amounts, debit > 0; `days` are when it is posted and when it is taken back. Raises DecisionRefused for a code
        that was used before, a journal that does not sum to 0, and one that is not taken back after it was posted.
        """
        posted, taken_back = days
        if any(row["adjustment_code"] == code for row in self._rows):
            raise DecisionRefused(f"adjustment {code} exists already: give the new one a code of its own")
        if left_over := sum((amount for _, amount in lines), Decimal(0)):
            raise DecisionRefused(f"adjustment {code} does not sum to 0: {left_over:+,.2f} is left over")
        if len(lines) < 2 or not all(amount for _, amount in lines):
            raise DecisionRefused(f"adjustment {code} needs two lines or more, each with an amount")
        if taken_back <= posted:
            raise DecisionRefused(f"adjustment {code} must be taken back after {posted}, the day it is posted")
        shared = {"adjustment_code": code, **header}
        dated = {"valid_from": posted.isoformat(), "valid_to": taken_back.isoformat()}
        rows = [
            {
                **shared,
                "line_number": str(number),
                "group_account_code": account,
                "amount_local": f"{amount:f}",
                **dated,
            }
            for number, (account, amount) in enumerate(lines, 1)
        ]
        return self._propose(code, by, reason, rows)

    def reject(self, key: str) -> list[dict[str, str]]:
        """Take the proposal of the code out of the file and return its rows; what is approved is taken back instead."""
        if approved := self._approved(key):
            raise DecisionRefused(
                f"adjustment {key} is approved by {approved[0]['approved_by']}: it stays in the file, and a journal of "
                f'its own takes it back:\n  finance adjustments reverse {shlex.quote(key)} --reason "…"'
            )
        return super().reject(key)

    def reverse(self, code: str, by: str, reason: str) -> list[dict[str, str]]:
        """Propose what takes an approved adjustment back: its accounts and days, opposite signs; return the rows.

        Raises DecisionRefused for what is not approved, without a reason, and for what is taken back already.
        """
        approved = self._approved(code)
        if not approved:
            raise DecisionRefused(
                f"adjustment {code} is not approved, there is nothing to take back; `{self.pending_command}` lists all"
            )
        first = approved[0]
        return self.propose(
            f"{code}{_REVERSED}",
            {name: first[name] for name in ("entity_code", "ledger_code", "local_currency")},
            [(row["group_account_code"], -Decimal(row["amount_local"])) for row in approved],
            (date.fromisoformat(first["valid_from"]), date.fromisoformat(first["valid_to"])),
            by,
            reason,
        )

    def _approved(self, code: str) -> list[dict[str, str]]:
        return [row for row in self._rows if row["adjustment_code"] == code and row["approved_by"]]


def is_pending(row: Mapping[str, str]) -> bool:
    """Return whether the row waits for its approval."""
    return bool(row["proposed_by"] and not row["approved_by"])


def is_approved(row: Mapping[str, str]) -> bool:
    """Return whether two people stand behind the row."""
    proposed_by, approved_by = (row[name].strip() for name in FOUR_EYES)
    return bool(proposed_by and approved_by) and not is_same_person(proposed_by, approved_by)


def _overlap(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two validities have a day in common."""
    first = max(one["valid_from"], other["valid_from"])
    return all(first < (row["valid_to"] or "9999-12-31") for row in (one, other))


def _name(row: Mapping[str, str], column: str) -> str:
    """The name that a list has for its code, in brackets, if it has one."""
    named = row.get(column.removesuffix("_code") + "_name", "")
    return f" ({named})" if named else ""


def _bare(value: str) -> str:
    """A code without outer blanks and the zero padding of numbers."""
    bare = value.strip()
    return (bare.lstrip("0") or "0") if bare.isdigit() else bare
