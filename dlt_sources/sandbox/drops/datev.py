"""Writes pay runs as DATEV booking batches: Windows-1252, semicolons, decimal commas, dates without a year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt_sources.sandbox.company import days, payroll
from dlt_sources.sandbox.company.group import COST_CENTRES, ENTITIES
from dlt_sources.sandbox.drops.amounts import units

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

SYSTEM = "datev"
_COLUMNS = 125
_LABELS = ("Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "WKZ Umsatz", "Kurs", "Basisumsatz",
           "WKZ Basisumsatz", "Konto", "Gegenkonto (ohne BU-Schlüssel)", "BU-Schlüssel", "Belegdatum", "Belegfeld 1",
           "Belegfeld 2", "Skonto", "Buchungstext")  # fmt: skip


def files(snapshot: Snapshot, instance: str) -> dict[str, tuple[bytes, int]]:
    """The batches of all runs, by file name, with the day of the run."""
    office = payroll.office_called(instance)
    runs = payroll.visible_runs(snapshot)
    people = payroll.register(runs, office)
    found = {}
    for (entity, month), rows in payroll.runs_of(runs, people).items():
        day = int(runs.day[people.run[rows[0]]])
        period = payroll.month_code(month)
        lines = [_header(day, month), ";".join((*_LABELS, *[""] * (_COLUMNS - len(_LABELS))))]
        for row in rows:
            person = int(people.person[row])
            centre = COST_CENTRES[runs.cost_centre[people.run[row]]].number
            for wage_type, amount in (
                (payroll.BASE_PAY, people.base_pay[row] + people.overtime[row]),
                (payroll.SOCIAL_SECURITY, people.social[row]),
            ):
                lines.append(_row(entity, wage_type, int(amount), day, person, centre))
        content = "\r\n".join(lines) + "\r\n"
        found[f"EXTF_Lohn_{ENTITIES[entity].code}_{period}.csv"] = (content.encode("cp1252"), day)
    return found


def _header(day: int, month: int) -> str:
    first, last, made = (days.to_date(at) for at in (days.first_of_month(month), days.last_of_month(month), day))
    account_length = len(payroll.account_number(0, payroll.BASE_PAY))
    values = [
        '"EXTF"', "700", "21", '"Buchungsstapel"', "13", f"{made:%Y%m%d}180000000", "", '"LG"', '"Lohnbüro"', "",
        *payroll.DATEV_CLIENT, f"{first:%Y}0101", str(account_length), f"{first:%Y%m%d}", f"{last:%Y%m%d}",
        f'"Lohn {payroll.month_code(month)}"', "", "1", "0", "0", '"EUR"', "", "", "", "", "", "", "", "", '""',
    ]  # fmt: skip
    return ";".join(values)


def _row(entity: int, wage_type: str, amount: int, day: int, person: int, centre: str) -> str:
    """Cost debited on the account, the liability credited on the contra account."""
    values = [""] * _COLUMNS
    values[0] = units(amount, "EUR").replace(".", ",")
    values[1], values[2] = '"S"', '"EUR"'
    values[6] = payroll.account_number(entity, wage_type)
    values[7] = payroll.account_number(entity, payroll.LIABILITY)
    values[9] = f"{days.to_date(day):%d%m}"
    values[10] = f'"{person}"'
    values[13] = f'"{payroll.WAGE_TYPES[wage_type][0]} {payroll.person_name(person)}"'
    values[36] = f'"{centre}"'
    return ";".join(values)
