"""Lines about people are summed on arrival: totals are kept to the cent, and nobody's pay can be read off a sum."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from dlt_sources.protocols.reader import Assignment, Row
from dlt_sources.protocols.summed_documents import (
    CREDIT,
    DEBIT,
    FEW_PEOPLE,
    Cell,
    PersonalLine,
    Run,
    SummedDocumentsReader,
)
from tests.dlt_sources.fakes import system_of

FIELDS = ["run_id", "amount"]
SYSTEM = system_of(
    "folder_documents",
    {name: {"path": "{files}", "key": ["run_id"], "fields": FIELDS} for name in ("runs", "lines")},
)
RUN = Run("1010", "202609", "R1", "2026-09-25", "EUR")
SMALLEST = 3


class Listed(SummedDocumentsReader):
    """Reads lines that are given."""

    def __init__(self, listed: list[PersonalLine]) -> None:
        super().__init__(
            Assignment(
                system=SYSTEM, instance="pay", as_of=date(2026, 9, 30), folder="", options={"smallest_group": SMALLEST}
            )
        )
        self.listed = listed

    def lines(self, content: bytes) -> Iterator[PersonalLine]:
        return iter(self.listed)


def line(person: str, wage_type: str, amount: str, centre: str = "10", side: str = DEBIT) -> PersonalLine:
    return PersonalLine(RUN, Cell(centre, wage_type, f"Type {wage_type}", "5200", side, "Y"), Decimal(amount), person)


def summed(lines: list[PersonalLine]) -> list[Row]:
    return list(Listed(lines).rows(SYSTEM.resources["lines"], b""))


def test_a_wage_type_of_too_few_people_stands_with_others_of_its_account() -> None:
    people = [line(str(person), "1000", "100.01") for person in range(5)]
    rows = summed([*people, *(line(str(person), "1200", "10") for person in range(3)), line("4", "1500", "77")])
    # One person alone has the bonus, so that it takes overtime and base pay along: any smaller sum would tell.
    assert [(row["wage_type"], row["amount"]) for row in rows] == [(FEW_PEOPLE, "607.05")]
    rows = summed([*people, line("0", "1200", "10"), line("1", "1300", "20"), line("2", "1400", "30")])
    assert {(row["wage_type"], row["amount"]) for row in rows} == {("1000", "500.05"), (FEW_PEOPLE, "60")}


def test_a_run_says_what_its_lines_came_to() -> None:
    lines = [line("1", "1000", "100.10"), line("2", "1000", "-0.05"), line("1", "9000", "100.05", "", CREDIT)]
    (run,) = Listed(lines).rows(SYSTEM.resources["runs"], b"")
    assert (run["line_count"], run["debit_total"], run["credit_total"]) == ("3", "100.05", "100.05")


amounts = st.decimals(-9999, 9999, places=2)
personal_lines = st.lists(
    st.builds(
        line,
        st.sampled_from("abcdefgh"),
        st.sampled_from(["1000", "1200", "1500", ""]),
        amounts.map(str),
        st.sampled_from(["10", "20"]),
        st.sampled_from([DEBIT, CREDIT]),
    ),
    max_size=40,
)


@given(personal_lines)
def test_sums_lose_nothing_and_no_wage_type_tells_of_few_people(lines: list[PersonalLine]) -> None:
    totals: dict[tuple, Decimal] = defaultdict(Decimal)
    people: dict[tuple, set[str]] = defaultdict(set)
    for each in lines:
        totals[each.cell.cost_centre, each.cell.side] += each.amount
        people[each.cell.cost_centre, each.cell.side, each.cell.wage_type] |= {each.person}
    for row in summed(lines):
        totals[row["cost_centre"], row["side"]] -= Decimal(row["amount"])
        if row["wage_type"] not in (None, FEW_PEOPLE):
            assert len(people[row["cost_centre"], row["side"], row["wage_type"]]) >= SMALLEST
        assert not set(row) & {"person", "personnel_no"}
    assert set(totals.values()) <= {Decimal(0)}
