"""Writes pay runs as an ADP-style general-ledger file: records of fixed width, amounts in cents, years of one digit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt_sources.sandbox.company import days, payroll
from dlt_sources.sandbox.company.group import COST_CENTRES, ENTITIES

if TYPE_CHECKING:
    from datetime import date

    from dlt_sources.sandbox.company.world import Snapshot

SYSTEM = "adp"
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_RECORD = 96


def files(snapshot: Snapshot, instance: str) -> dict[str, tuple[bytes, int]]:
    """The files of all runs, by name, with the day of the run."""
    office = payroll.office_called(instance)
    runs = payroll.visible_runs(snapshot)
    people = payroll.register(runs, office)
    found = {}
    for (entity, _), rows in payroll.runs_of(runs, people).items():
        day = int(runs.day[people.run[rows[0]]])
        date = days.to_date(day)
        code = ENTITIES[entity].code
        postings = []
        for row in rows:
            person = int(people.person[row])
            centre = COST_CENTRES[runs.cost_centre[people.run[row]]].number
            wage, social = int(people.base_pay[row] + people.overtime[row]), int(people.social[row])
            for wage_type, amount, where in (
                (payroll.BASE_PAY, wage, centre),
                (payroll.SOCIAL_SECURITY, social, centre),
                (payroll.LIABILITY, -(wage + social), ""),
            ):
                if amount:
                    postings.append(
                        _posting(code, payroll.account_number(entity, wage_type), date, amount, person, where)
                    )
        descriptors = [_placed((1, "GL ACCOUNT"), (39, "24")), _placed((1, "AMOUNT"), (39, "11"))]
        lines = [
            "DPI".ljust(80),
            _identification(code, date),
            *(f"B{descriptor[1:]}" for descriptor in descriptors),
            *postings,
            f"Z{len(postings):08d}".ljust(80),
        ]
        found[f"ADPGL_{code}_{date:%Y%m%d}.txt"] = (("\r\n".join(lines) + "\r\n").encode("cp1252"), day)
    return found


def _placed(*parts: tuple[int, str]) -> str:
    """A record with texts at their positions, counted from 0."""
    record = " " * _RECORD
    for start, text in parts:
        record = record[:start] + text + record[start + len(text) :]
    return record


def _identification(code: str, date: date) -> str:
    return _placed(
        (0, "A"),
        (1, "01.00"),
        (6, "GL"),
        (8, code[-3:]),
        (11, f"{date:%Y}"),
        (15, f"{date.isocalendar().week:02d}"),
        (17, "1"),
        (26, f"{_MONTHS[date.month - 1]}{date:%d%y}"),
        (33, f"{date:%m%d%y}"),
        (39, "GL DOWNLOAD DATA"),
    )


def _posting(code: str, account: str, date: date, cents: int, person: int, centre: str) -> str:
    """Debit positive, credit negative; the description names the person, as such files do."""
    return _placed(
        (0, "C"),
        (1, code.zfill(5)),
        (6, account.ljust(24)),
        (30, "PR"),
        (32, f"{date:%m%d}{date.year % 10}"),
        (37, f"{'-' if cents < 0 else '0'}{abs(cents):010d}"),
        (48, f"{person:06d}"),
        (54, payroll.person_name(person)[:20]),
        (74, centre),
    )
