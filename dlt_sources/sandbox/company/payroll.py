"""Who is paid, and what a pay run says of it: the wages that the ledger posts per cost centre, person by person.

Amounts are whole minor units of the entity's currency.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlt_sources.sandbox.company.chart import ACCOUNT, ACCOUNT_NUMBERS
from dlt_sources.sandbox.company.draws import scattered
from dlt_sources.sandbox.company.frame import Frame, expanded, rows_of, sum_by
from dlt_sources.sandbox.company.group import (
    CLOUD_OPERATIONS,
    COST_CENTRES,
    ENTITIES,
    ENTITY_CODES,
    FIELD_SERVICE,
    FINANCE,
    HUMAN_RESOURCES,
    MARKETING,
    PRODUCTION,
    SALES,
    SALESPEOPLE,
)
from dlt_sources.sandbox.company.text import unpadded

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot


@dataclass(frozen=True)
class Office:
    """A payroll office: the format of its files, and the entities whose people it pays."""

    system: str
    instance: str
    entities: tuple[str, ...]


OFFICES = (
    Office("datev", "payroll_germany", ("1010",)),
    Office("adp", "payroll_us", ("2010",)),
    Office("adp", "payroll_canada", ("2020",)),
    Office("payroll_csv", "payroll_regions", ("1020", "1030", "3010", "3020")),
)

# What the German office calls its client: consultant and client number.
DATEV_CLIENT = ("1234567", "10001")

# People per function of an entity; logistics has its own until it is closed.
_PEOPLE = {
    PRODUCTION: 8,
    SALES: 5,
    FIELD_SERVICE: 4,
    CLOUD_OPERATIONS: 3,
    FINANCE: 3,
    HUMAN_RESOURCES: 3,
    MARKETING: 3,
}
_PEOPLE_OF_LOGISTICS = 3
_PEOPLE_OF_CENTRE = np.array(
    [*_PEOPLE.values()] * len(ENTITIES) + [_PEOPLE_OF_LOGISTICS] * (len(COST_CENTRES) - len(_PEOPLE) * len(ENTITIES))
)
# Three people of a large cost centre work overtime each month, one of a small one: five per cent of the person's wage.
_OVERTIME_PER_CENT, _PEOPLE_WITH_OVERTIME = 5, 3
BASE_PAY, OVERTIME, SOCIAL_SECURITY, LIABILITY = "1000", "1200", "6000", "9000"
WAGE_TYPES = {
    BASE_PAY: ("Base pay", "WAGES"),
    OVERTIME: ("Overtime", "WAGES"),
    SOCIAL_SECURITY: ("Employer social security", "SOCIAL"),
    LIABILITY: ("Pay and contributions payable", "PAYROLL_LIABILITY"),
}


def head_count(entity: int) -> int:
    """How many people an entity pays each month."""
    return sum(_PEOPLE.values()) + _PEOPLE_OF_LOGISTICS


def office_called(instance: str) -> Office:
    """The office that an instance of the company file is; raises ValueError naming those there are."""
    for office in OFFICES:
        if office.instance == instance:
            return office
    raise ValueError(f"no payroll office is called {instance}; there are {', '.join(o.instance for o in OFFICES)}")


def company_code(office: Office, entity_code: str) -> str:
    """What an office calls an entity, without padding."""
    return "-".join(DATEV_CLIENT) if office.system == "datev" else entity_code


def office_of(entity: int) -> Office:
    """Who pays the people of an entity."""
    return next(office for office in OFFICES if ENTITY_CODES[entity] in office.entities)


def visible_runs(snapshot: Snapshot) -> Frame:
    """What the pay runs until the day were, per entity, month and cost centre."""
    runs = snapshot.world.payroll
    return runs.take((runs.day <= snapshot.day) & (runs.wage + runs.social > 0))


def register(runs: Frame, office: Office) -> Frame:
    """Of every person of an office's entities each month: base pay, overtime and social security, to the unit exact.

    `run` is the row of the cost centre's month, `person` a number within the entity.
    """
    of = np.flatnonzero(np.isin(runs.entity, [ENTITY_CODES.index(code) for code in office.entities]))
    parent, place = expanded(_PEOPLE_OF_CENTRE[runs.cost_centre[of]])
    run = of[parent]
    weight = 80 + scattered(runs.cost_centre[run] * 100 + place, 91) % 41
    wage, social = (_split(getattr(runs, name), run, weight) for name in ("wage", "social"))
    people = _PEOPLE_OF_CENTRE[runs.cost_centre[run]]
    has_overtime = np.where(people > _PEOPLE_WITH_OVERTIME, place < _PEOPLE_WITH_OVERTIME, place == 0)
    overtime = np.where(has_overtime, wage * _OVERTIME_PER_CENT // 100, 0)
    return Frame(
        run=run,
        person=runs.cost_centre[run] * 10 + place + 10_000,
        base_pay=wage - overtime,
        overtime=overtime,
        social=social,
    )


def _split(amount: np.ndarray, run: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Each run's amount over its people by their weights; what rounding leaves goes to its first person."""
    share = amount[run] * weight // np.maximum(sum_by(run, weight, len(amount))[run], 1)
    _, first = np.unique(run, return_index=True)
    left = amount - sum_by(run, share, len(amount))
    share[first] += left[run[first]]
    return share


def person_name(person: int) -> str:
    """What a person is called."""
    first, last = (
        SALESPEOPLE[(person * step) % len(SALESPEOPLE)].split(" ", 1)[part] for step, part in ((3, 0), (5, 1))
    )
    return f"{first} {last}"


def account_number(entity: int, wage_type: str) -> str:
    """The ledger account a wage type is posted to."""
    return unpadded(ACCOUNT_NUMBERS[ENTITIES[entity].chart][ACCOUNT[WAGE_TYPES[wage_type][1]]])


def runs_of(runs: Frame, people: Frame) -> dict[tuple[int, int], np.ndarray]:
    """The rows of people per entity and month, in the order of months."""
    key = runs.month[people.run] * len(ENTITIES) + runs.entity[people.run]
    keys = np.unique(key)
    rows, of = rows_of(np.searchsorted(keys, key), np.arange(len(keys)), len(keys))
    return {
        (int(value % len(ENTITIES)), int(value // len(ENTITIES))): rows[of == place] for place, value in enumerate(keys)
    }


def month_code(month: int) -> str:
    """A month as 202609."""
    return f"{1970 + month // 12}{month % 12 + 1:02d}"
