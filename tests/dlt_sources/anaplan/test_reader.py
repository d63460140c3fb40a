"""The calendar is one row from two places; list members are found by the list's name."""

from __future__ import annotations

from typing import Any

import pytest

from dlt_sources.anaplan.reader import AnaplanReader
from dlt_sources.errors import ConfigurationError, ContractBreach, SourceRefused, SourceUnavailable
from dlt_sources.registry import load_systems
from tests.dlt_sources.fakes import FakeServer, FastClock, Reply, Request, assignment, rows_of

MODEL = "/workspaces/w1/models/M1"
LISTS = ("Entities", "Accounts", "Cost Centers", "Product Families")


def make_reader(server: FakeServer, clock: FastClock, read: str = "export") -> AnaplanReader:
    server.routes["/token/authenticate"] = Reply(
        {"tokenInfo": {"tokenValue": "t-1", "expiresAt": int((clock.epoch() + 2100) * 1000)}}, 201
    )
    server.routes.setdefault(MODEL, Reply({"model": {"name": "Group Planning", "activeState": "PRODUCTION"}}))
    options = {"workspace": "w1", "model": "M1", "read": read}
    return AnaplanReader(assignment(load_systems()["anaplan"], server, clock, options=options))


def listed(member: str, rows: list[dict[str, Any]]) -> Reply:
    return Reply({"meta": {"paging": {"totalSize": len(rows)}}, member: rows})


def test_the_calendar_is_one_row(server: FakeServer, clock: FastClock) -> None:
    year, period = {"year": "FY26", "startDate": "2026-01-01"}, {"periodText": "Sep 26"}
    server.routes[f"{MODEL}/modelCalendar"] = Reply({"modelCalendar": {"fiscalYear": year}})
    server.routes[f"{MODEL}/currentPeriod"] = Reply({"currentPeriod": period})
    assert rows_of(make_reader(server, clock), "calendar") == [{"fiscalYear": year, "currentPeriod": period}]


def test_members_carry_the_name_of_their_list(server: FakeServer, clock: FastClock) -> None:
    def members(request: Request) -> Reply:
        assert request.query["includeAll"] == ["true"]
        return listed("listItems", [{"id": "206", "code": "1010", "name": "AG"}])

    server.routes[f"{MODEL}/lists"] = listed("lists", [{"id": f"10{n}", "name": name} for n, name in enumerate(LISTS)])
    for number in range(4):
        server.routes[f"{MODEL}/lists/10{number}/items"] = members
    rows = rows_of(make_reader(server, clock), "list_items")
    assert [(row["list_name"], row["listId"], row["code"]) for row in rows] == [
        (name, f"10{number}", "1010") for number, name in enumerate(LISTS)
    ]


def test_a_list_that_is_gone_is_named_with_those_that_are_there(server: FakeServer, clock: FastClock) -> None:
    server.routes[f"{MODEL}/lists"] = listed("lists", [{"id": "101", "name": "Entities"}])
    with pytest.raises(ContractBreach, match=r"no list Accounts, Cost Centers, Product Families \(there are: Entities"):
        rows_of(make_reader(server, clock), "list_items")


def test_requests_carry_the_vendors_own_scheme(server: FakeServer, clock: FastClock) -> None:
    server.routes[f"{MODEL}/versions"] = listed("versionMetadata", [])
    rows_of(make_reader(server, clock), "versions")
    assert server.requests[-1].headers["Authorization"] == "AnaplanAuthToken t-1"


def test_a_model_that_was_put_away_is_told_so(server: FakeServer, clock: FastClock) -> None:
    server.routes[MODEL] = Reply({"model": {"name": "Group Planning", "activeState": "ARCHIVED"}})
    with pytest.raises(SourceRefused, match="Group Planning is archived") as refused:
        rows_of(make_reader(server, clock), "versions")
    assert "restored" in refused.value.next_step


def test_a_locked_model_is_waited_for_and_then_told(server: FakeServer, clock: FastClock) -> None:
    server.routes[f"{MODEL}/versions"] = Reply({"status": {"code": 423, "message": "The model is locked"}}, 423)
    with pytest.raises(SourceUnavailable, match="HTTP 423: The model is locked"):
        rows_of(make_reader(server, clock), "versions")


def test_a_model_the_user_has_no_role_in_looks_as_if_it_were_not_there(server: FakeServer, clock: FastClock) -> None:
    server.routes[MODEL] = Reply({"status": {"code": 404, "message": "Not Found"}}, 404)
    with pytest.raises(SourceRefused) as refused:
        rows_of(make_reader(server, clock), "versions")
    assert "role in the model" in refused.value.next_step


def test_a_way_to_read_that_does_not_exist_names_those_that_do(server: FakeServer, clock: FastClock) -> None:
    with pytest.raises(ConfigurationError, match="export, transactional or large_read"):
        rows_of(make_reader(server, clock, read="fast"), "plan_lines")


def test_a_line_item_that_is_no_number_is_a_breach(server: FakeServer, clock: FastClock) -> None:
    server.routes[f"{MODEL}/modules"] = listed("modules", [{"id": "102", "name": "Plan Lines"}])
    server.routes[f"{MODEL}/modules/102/views"] = listed("views", [{"id": "102", "name": "Plan Lines"}])
    server.routes[f"{MODEL}/modules/102/lineItems"] = listed("items", [{"name": "Amount", "format": "TEXT"}])
    with pytest.raises(ContractBreach, match="Amount must be a number, but it is TEXT"):
        rows_of(make_reader(server, clock, read="transactional"), "plan_lines")


def test_a_second_line_item_that_is_missing_is_a_breach(server: FakeServer, clock: FastClock) -> None:
    server.routes[f"{MODEL}/modules"] = listed("modules", [{"id": "103", "name": "Plan Totals"}])
    server.routes[f"{MODEL}/modules/103/views"] = listed("views", [{"id": "103", "name": "Plan Totals"}])
    server.routes[f"{MODEL}/modules/103/lineItems"] = listed("items", [{"name": "Amount", "format": "NUMBER"}])
    with pytest.raises(ContractBreach, match="Line Count must be a number, but it is missing"):
        rows_of(make_reader(server, clock, read="transactional"), "plan_totals")


def test_a_model_without_an_export_of_totals_is_told_how_to_be_read_without(
    server: FakeServer, clock: FastClock
) -> None:
    server.routes[f"{MODEL}/exports"] = listed("exports", [{"id": "116", "name": "Plan Lines.csv"}])
    with pytest.raises(ContractBreach, match=r"no export 'Plan Totals.csv' \(there are: Plan Lines.csv\)"):
        rows_of(make_reader(server, clock), "plan_totals")
