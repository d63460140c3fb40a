"""Writes pay runs as the documented CSV: one file per entity and month, a line per person, wage type and account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt_sources.sandbox.company import days, payroll
from dlt_sources.sandbox.company.group import COST_CENTRES, ENTITIES
from dlt_sources.sandbox.drops.amounts import units

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

SYSTEM = "payroll_csv"
_HEADER = (
    "period;company;run_id;pay_date;personnel_no;cost_center;wage_type;wage_type_name;gl_account;debit_credit;amount;"
    "currency;employer_cost_flag"
)


def files(snapshot: Snapshot, instance: str) -> dict[str, tuple[bytes, int]]:
    """The files of all runs, by name, with the day of the run."""
    office = payroll.office_called(instance)
    runs = payroll.visible_runs(snapshot)
    people = payroll.register(runs, office)
    found = {}
    for (entity, month), rows in payroll.runs_of(runs, people).items():
        lines = [_HEADER]
        day = int(runs.day[people.run[rows[0]]])
        code, period = ENTITIES[entity].code, payroll.month_code(month)
        for row in rows:
            centre = COST_CENTRES[runs.cost_centre[people.run[row]]].number
            parts = {
                payroll.BASE_PAY: people.base_pay[row],
                payroll.OVERTIME: people.overtime[row],
                payroll.SOCIAL_SECURITY: people.social[row],
            }
            for wage_type, amount in (*parts.items(), (payroll.LIABILITY, sum(parts.values()))):
                if not amount:
                    continue
                is_cost = wage_type != payroll.LIABILITY
                values = (
                    period,
                    code,
                    f"{code}-{period}-1",
                    str(days.to_date(day)),
                    str(people.person[row]),
                    centre if is_cost else "",
                    wage_type,
                    payroll.WAGE_TYPES[wage_type][0],
                    payroll.account_number(entity, wage_type),
                    "D" if is_cost else "C",
                    units(int(amount), ENTITIES[entity].currency),
                    ENTITIES[entity].currency,
                    "Y" if is_cost else "N",
                )
                lines.append(";".join(values))
        found[f"payroll_{code}_{period}.csv"] = (("\n".join(lines) + "\n").encode(), day)
    return found
