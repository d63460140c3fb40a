"""What closes a gap in a mapping: its keys, the likeliest members, and what the company's files say of them already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb

from finance_assets.lib.mapping_files import KINDS, Kind, MappingFile, is_pending, is_withdrawn
from finance_assets.lib.records import records
from finance_assets.lib.settings import Settings

_KEYS = """
    with suggested as (
        select exception_type, mapping_key,
            list(struct_pack(member := member_code, like_name := like_name, likeness := cast(likeness as varchar))
                order by suggestion_rank) as suggestions
        from marts.mart_control__mapping_suggestions group by all
    )

    select keys.exception_type, keys.natural_key, keys.mapping_key, keys.amount_group,
        coalesce(suggested.suggestions, []) as suggestions
    from marts.mart_control__mapping_gap_keys as keys
    left join suggested using (exception_type, mapping_key)
    order by keys.amount_group desc nulls last, keys.mapping_key
"""
_KNOWN_ROWS = "select mapping_name, mapping_key from canonical.approved_mapping_rows"
OF_A_GAP = {kind.gap: kind for kind in KINDS.values() if kind.gap}


@dataclass(frozen=True)
class GapKey:
    """A key of a mapping that closes a gap: its money, where it is not the gap's own, and how it stands."""

    mapping: str
    key: str
    amount_group: Decimal | None
    suggestions: list[dict[str, str]]
    # What the company's file says of it that no night has used yet; None where nobody has proposed anything.
    standing: str | None
    # What to do next on the command line; None where only the night is waited for.
    command: str | None


class GapKeys:
    """The keys of the gaps that the last publication shows, beside what the company's files say now."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._keys, self._known = self._published()

    def of(self, exception_type: str, natural_key: str) -> list[GapKey]:
        """Return the keys that close a gap, those with the most money first; none for what is no gap in a mapping."""
        if exception_type not in OF_A_GAP:
            return []
        kind = OF_A_GAP[exception_type]
        found = [
            key for key in self._keys if (key["exception_type"], key["natural_key"]) == (exception_type, natural_key)
        ]
        if not found:
            found = [{"mapping_key": natural_key, "amount_group": None, "suggestions": []}]
        return [self._standing(kind, key) for key in found]

    def _published(self) -> tuple[list[dict[str, Any]], set[tuple[str, str]]]:
        file = self._settings.data_dir.published_file
        if not file.exists():
            return [], set()
        try:
            with duckdb.connect(str(file), read_only=True) as connection:
                known = records(connection, _KNOWN_ROWS)
                return records(connection, _KEYS), {(row["mapping_name"], row["mapping_key"]) for row in known}
        except (duckdb.BinderException, duckdb.CatalogException):
            # A publication of an earlier version, or of another company's models, has not got these tables.
            return [], set()

    def _standing(self, kind: Kind, key: Mapping[str, Any]) -> GapKey:
        named, suggestions = key["mapping_key"], key["suggestions"]
        standing, command = self._said(kind, named)
        if standing is None:
            command = propose_command(kind.name, named, suggestions[0]["member"] if suggestions else "MEMBER")
        return GapKey(kind.name, named, key["amount_group"], suggestions, standing, command)

    def _said(self, kind: Kind, key: str) -> tuple[str | None, str | None]:
        """What the file says of the key, or of all record types of a stage, and what to do about it."""
        file = _file(self._settings, kind)
        rows = [row for covering in _covering(kind, key) for row in file.rows_of(covering)]
        if waiting := [row for row in rows if is_pending(row)]:
            return _told(file, waiting[0])
        if holding := [row for row in rows if row["approved_by"] and not row["valid_to"]]:
            return self._approved(file, holding[0])
        return None, None

    def _approved(self, file: MappingFile, row: Mapping[str, str]) -> tuple[str, str | None]:
        kind, key = file.kind, file.key_of(row)
        if file.fault(row):
            return _told(file, row)
        if (kind.name, _row_key(kind, row)) in self._known:
            return f"{row[kind.member]} from {row['valid_from']} on; this is on other days", _withdraw(kind, key)
        return f"approved to be {row[kind.member]} by {row['approved_by']}; counts from the next night on", None


def propose_command(mapping: str, key: str, member: str) -> str:
    """Return the command that proposes a member for a key."""
    return f'finance mappings propose {mapping} "{key}" --to {member} --reason "…"'


def told_of_row(settings: Settings, natural_key: str) -> tuple[str, str | None] | None:
    """Return how a row of a mapping stands that is not used, and what to do about it; None for a file of another kind.

    `natural_key` is that of its exception: the mapping, what names the row, and the day it begins.
    """
    mapping, _, rest = natural_key.partition("|")
    if mapping not in KINDS:
        return None
    kind = KINDS[mapping]
    *named, valid_from = rest.split("|")
    file = _file(settings, kind)
    key = kind.key_of(dict(zip(kind.row_key or kind.key, named, strict=False)))
    rows = [row for row in file.rows_of(key) if row["valid_from"] == valid_from]
    if waiting := [row for row in rows if is_pending(row)]:
        return _told(file, waiting[0])
    if held := [row for row in rows if not is_withdrawn(row)]:
        return _told(file, held[0])
    return "withdrawn, or no longer in the file: it clears with the next night", None


def _told(file: MappingFile, row: Mapping[str, str]) -> tuple[str, str | None]:
    """How a row stands that waits for a person, and the command that goes on."""
    kind, key = file.kind, file.key_of(row)
    fault = None if is_withdrawn(row) else file.fault(row)
    if not is_pending(row):
        return f"approved by {row['approved_by']} and not used{f': {fault}' if fault else ''}", _withdraw(kind, key)
    what = "withdrawn" if is_withdrawn(row) else row[kind.member]
    told = f"proposed to be {what} by {row['proposed_by']}"
    if fault:
        return f"{told}, which cannot be: {fault}", f'finance mappings reject {kind.name} "{key}" --reason "…"'
    return f"{told}; waits for somebody else", f'finance mappings approve {kind.name} "{key}"'


def _withdraw(kind: Kind, key: str) -> str:
    return f'finance mappings withdraw {kind.name} "{key}" --reason "…"'


def _row_key(kind: Kind, row: Mapping[str, str]) -> str:
    """What names a row in the warehouse: its key columns and the day it begins."""
    return "|".join(row.get(name, "") for name in (*(kind.row_key or kind.key), "valid_from"))


def _file(settings: Settings, kind: Kind) -> MappingFile:
    return MappingFile(settings.company.mappings, kind, lambda: ())


def _covering(kind: Kind, key: str) -> list[str]:
    """The keys whose rows map it: its own, then of a stage that of all record types."""
    if "record_type" not in kind.key:
        return [key]
    parts = key.split("|")
    parts[kind.key.index("record_type")] = "*"
    return list(dict.fromkeys((key, "|".join(parts))))
