"""When people work: weekends and holidays by country, and the moment a business day is over there."""

from __future__ import annotations

import re
from datetime import date

import duckdb
import pytest

from tests.dbt_project.conftest import ParsedProject
from tests.dbt_project.empty_warehouse import DBT_PROJECT

MODEL = DBT_PROJECT / "models" / "canonical" / "reference" / "dim_business_days.sql"
# The default as-of date of the project, around which the calendar lies.
AS_OF = date(2026, 9, 30)


@pytest.fixture(scope="module")
def calendar(project: ParsedProject) -> duckdb.DuckDBPyConnection:
    """The model `dim_business_days` over the project's own seeds, and a country that rests on Friday and Saturday."""
    query = re.sub(r'(?:"\w+"\.)?"reference"\.', "reference.", project.render(MODEL.read_text()))
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'America/Los_Angeles'; create schema reference")
        for seed in ("business_calendars", "holidays"):
            file = DBT_PROJECT / "seeds" / "reference" / f"{seed}.csv"
            types = "{'holiday_date': 'date'}" if seed == "holidays" else "{'weekend_days': 'varchar'}"
            connection.execute(
                f"create table reference.{seed} as from read_csv('{file}', header = true, types = {types})"
            )
        connection.execute("insert into reference.business_calendars values ('AE', 'Asia/Dubai', '56', '17:30', '')")
        connection.execute(f"create table days as {query}")
        yield connection


def day_after(calendar: duckdb.DuckDBPyConnection, country: str, day: str, business_days: int) -> date:
    """The day so many business days after another."""
    (found,) = calendar.execute(
        """
        select later.calendar_date
        from days as begun
        inner join days as later
            on begun.country_code = later.country_code
            and later.is_business_day
            and later.business_day_number = begun.business_day_number + ?
        where begun.country_code = ? and begun.calendar_date = ?::date
        """,
        [business_days, country, day],
    ).fetchone()
    return found


@pytest.mark.parametrize(
    ("country", "day", "business_days", "expected"),
    [
        ("DE", "2026-09-30", 1, date(2026, 10, 1)),
        ("DE", "2026-12-23", 2, date(2026, 12, 28)),  # Christmas is on Friday, the day after on Saturday
        ("US", "2026-11-25", 1, date(2026, 11, 27)),  # Thanksgiving between
        ("US", "2026-07-02", 1, date(2026, 7, 6)),  # the Fourth is a Saturday, kept on Friday
        ("JP", "2026-09-18", 1, date(2026, 9, 24)),  # weekend, two holidays and the day between them
        ("GB", "2026-08-28", 1, date(2026, 9, 1)),  # summer bank holiday
        ("AE", "2026-10-01", 1, date(2026, 10, 4)),  # Thursday; Sunday is a business day there
        ("*", "2026-12-24", 1, date(2026, 12, 25)),  # no country, no holidays
        ("DE", "2026-10-03", 1, date(2026, 10, 5)),  # begun on a holiday, which is a Saturday
    ],
)
def test_deadlines_step_over_weekends_and_holidays(
    calendar: duckdb.DuckDBPyConnection, country: str, day: str, business_days: int, expected: date
) -> None:
    assert day_after(calendar, country, day, business_days) == expected


@pytest.mark.parametrize(
    ("country", "day", "expected"),
    [
        ("JP", "2026-10-01", "2026-10-01 09:00:00"),
        ("US", "2026-10-01", "2026-10-01 22:00:00"),
        ("US", "2026-12-01", "2026-12-01 23:00:00"),  # winter time
        ("AE", "2026-10-01", "2026-10-01 13:30:00"),
    ],
)  # fmt: skip
def test_a_business_day_is_over_at_the_countrys_own_hour(
    calendar: duckdb.DuckDBPyConnection, country: str, day: str, expected: str
) -> None:
    query = "select business_day_ends_at::varchar from days where country_code = ? and calendar_date = ?::date"
    assert calendar.execute(query, [country, day]).fetchone() == (expected,)


def test_the_calendar_covers_three_years_back_and_one_ahead(calendar: duckdb.DuckDBPyConnection) -> None:
    query = """
        select min(calendar_date), max(calendar_date), count(*) = count(distinct calendar_date)
        from days
        group by country_code
    """
    assert set(calendar.execute(query).fetchall()) == {(date(2023, 9, 30), date(2027, 10, 1), True)}


def test_business_days_of_a_month_begin_anew(calendar: duckdb.DuckDBPyConnection) -> None:
    """The fifth business day of October in Germany is the 7th: the holiday of the 3rd falls on a Saturday."""
    query = """
        select calendar_date from days
        where country_code = 'DE' and is_business_day and business_day_of_month = 5
            and calendar_date between '2026-10-01' and '2026-11-30'
        order by 1
    """
    assert calendar.execute(query).fetchall() == [(date(2026, 10, 7),), (date(2026, 11, 6),)]
