"""Who may decide in the company's name: its file people.csv, where it keeps one, as it stands when somebody decides."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from finance_assets.control.decisions import DecisionRefused, is_same_person
from finance_assets.lib.mapping_files import DecisionFile, is_approved

NEAREST_SHOWN = 3


class PeopleFile(DecisionFile):
    """Who may decide, a row each; may_approve says who may also approve what others have asked for."""

    name = "people"
    key = ("user_name",)
    needed = ("user_name", "may_approve", "valid_from", "valid_to")


class OwnersFile(DecisionFile):
    """Who works an exception of a type and an entity: a person, or a team."""

    name = "owners"
    key = ("exception_type", "entity_code")
    needed = ("owner", "valid_from", "valid_to")


class People:
    """Those who may decide as of a day, in the spelling of the file."""

    def __init__(self, folder: Path, as_of: date) -> None:
        """Read the files of the folder; raise ConfigurationError when a column is missing."""
        self._as_of = as_of
        self._may_approve = {
            row["user_name"].strip(): row["may_approve"].strip().lower() in ("true", "x")
            for row in _rows(PeopleFile(folder, tuple), as_of)
        }
        self._owners = {row["owner"].strip() for row in _rows(OwnersFile(folder, tuple), as_of)}

    @staticmethod
    def are_kept(folder: Path) -> bool:
        """Return whether the company says who may decide; where it does not, everybody may."""
        return (folder / f"{PeopleFile.name}.csv").exists()

    def deciding(self, user: str, *, approving: bool) -> str:
        """Return the user as the file writes it; raise DecisionRefused for one who may not decide, or not approve."""
        person = self._found(user, self._may_approve)
        if approving and not self._may_approve[person]:
            others = sorted(name for name, may in self._may_approve.items() if may)
            raise DecisionRefused(
                f"{person} may decide, but not approve ({PeopleFile.name}.csv); who may: "
                f"{', '.join(others) or 'nobody'}"
            )
        return person

    def assignable(self, name: str) -> str:
        """Return the person, or the owner of owners.csv, of that name; raise DecisionRefused for anybody else."""
        return self._found(name, [*self._may_approve, *self._owners])

    def _found(self, name: str, among: Iterable[str]) -> str:
        known = list(among)
        same = [each for each in known if is_same_person(each, name)]
        if same:
            return same[0]
        folded = {each.casefold(): each for each in known}
        close = get_close_matches(name.strip().casefold(), folded, n=NEAREST_SHOWN, cutoff=0)
        nearest = [folded[each] for each in close]
        hint = f"the nearest names are {', '.join(nearest)}" if nearest else "there is nobody"
        raise DecisionRefused(
            f"{name.strip() or 'somebody without a name'} is not in {PeopleFile.name}.csv as of {self._as_of}: {hint}"
        )


def _rows(file: DecisionFile, as_of: date) -> list[dict[str, str]]:
    """The rows that count on the day: two people stand behind them."""
    return [
        row
        for row in file.rows()
        if is_approved(row) and _is_valid_on(as_of, row["valid_from"].strip(), row["valid_to"].strip())
    ]


def _is_valid_on(day: date, valid_from: str, valid_to: str) -> bool:
    try:
        return date.fromisoformat(valid_from) <= day and (not valid_to or day < date.fromisoformat(valid_to))
    except ValueError:
        # What is no day is an item of the work queue (mapping_not_used) and lets nobody in.
        return False
