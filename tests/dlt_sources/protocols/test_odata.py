"""OData V2: every page in key order, filters in typed literals, vanished fields named, sums counted."""

from __future__ import annotations

from typing import Any

import pytest

from dlt_sources.errors import ContractBreach
from dlt_sources.protocols.odata import ODataReader
from tests.dlt_sources.fakes import FakeServer, FastClock, Reply, Request, assignment, rows_of, system_of

LINES = {
    "path": "odata/LEDGER_SRV/Lines",
    "key": ["Company", "Document"],
    "mode": "incremental",
    "cursor": {"field": "ChangedAt", "kind": "odata_v2_timestamp", "overlap": "2h"},
    "fields": ["Company", "Document", "Amount", "ChangedAt"],
    "request": {"filter": "Ledger eq '{ledger}'", "entity_field": "Company"},
}
ITEMS = {
    **LINES,
    "cursor": {"field": "ChangedAt", "kind": "odata_v2_date", "overlap": "1d"},
    "request": {},
}
TOTALS = {
    "path": "odata/LEDGER_SRV/Lines",
    "key": ["Company", "Side"],
    "fields": ["Company", "Side", "Amount", "line_count"],
    "request": {"count_rows_into": "line_count"},
}
METADATA = """<edmx:Edmx xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"><edmx:DataServices>
<Schema xmlns="http://schemas.microsoft.com/ado/2008/09/edm" Namespace="LEDGER_SRV">
<EntityType Name="LineType"><Key><PropertyRef Name="Company"/></Key>%s</EntityType>
<EntityContainer><EntitySet Name="Lines" EntityType="LEDGER_SRV.LineType"/></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>"""
PROPERTIES = ("Company", "Document", "Amount", "ChangedAt", "Side", "Ledger")


def metadata(names: tuple[str, ...] = PROPERTIES) -> Reply:
    members = "".join(f'<Property Name="{name}" Type="Edm.String"/>' for name in names)
    return Reply(METADATA % members, content_type="application/xml")


def row(document: str, **members: Any) -> dict[str, Any]:
    return {
        "__metadata": {"uri": "http://erp/Lines('1')", "type": "LEDGER_SRV.LineType"},
        "Company": "1010",
        "Document": document,
        "Amount": "-1250.00",
        "ChangedAt": "/Date(1790000000000+0000)/",
        **members,
    }


def make_reader(server: FakeServer, clock: FastClock, resource: dict[str, Any], **changes: Any) -> ODataReader:
    options = {"ledger": {"description": "ledger", "default": "0L"}, "client": {"description": "client", "default": ""}}
    system = system_of("odata_v2", {"lines": resource}, options=options, parameters={"sap-client": "{client}"})
    server.routes.setdefault("/odata/LEDGER_SRV/$metadata", metadata())
    return ODataReader(assignment(system, server, clock, **changes))


def test_pages_are_followed_to_the_end_and_the_protocols_own_member_left_out(
    server: FakeServer, clock: FastClock
) -> None:
    def page(request: Request) -> Reply:
        token = request.query.get("$skiptoken", ["0"])[0]
        following = {"0": "2", "2": "3"}.get(token)
        link = {"__next": f"{server.url}/odata/LEDGER_SRV/Lines?$skiptoken={following}"} if following else {}
        return Reply({"d": {"results": [row(token)], **link}})

    server.routes["/odata/LEDGER_SRV/Lines"] = page
    rows = rows_of(make_reader(server, clock, LINES), "lines")
    assert [line["Document"] for line in rows] == ["0", "2", "3"]
    assert set(rows[0]) == {"Company", "Document", "Amount", "ChangedAt"}


def test_the_first_request_selects_every_field_in_key_order(server: FakeServer, clock: FastClock) -> None:
    server.routes["/odata/LEDGER_SRV/Lines"] = Reply({"d": {"results": []}})
    rows_of(make_reader(server, clock, LINES, entities=("1010", "20'10")), "lines")
    assert server.requests[-1].query == {
        "$format": ["json"],
        "$select": ["Company,Document,Amount,ChangedAt"],
        "$orderby": ["Company,Document"],
        "$filter": ["Ledger eq '0L' and (Company eq '1010' or Company eq '20''10')"],
    }


@pytest.mark.parametrize(
    ("resource", "cursor", "bound"),
    [
        (LINES, "2026-09-29T23:15:00.000Z", "ChangedAt ge datetimeoffset'2026-09-29T21:15:00Z'"),
        (ITEMS, "2026-09-29", "ChangedAt ge datetime'2026-09-28T00:00:00'"),
    ],
)
def test_an_increment_reads_from_the_cursor_with_its_overlap(
    server: FakeServer, clock: FastClock, resource: dict[str, Any], cursor: str, bound: str
) -> None:
    server.routes["/odata/LEDGER_SRV/Lines"] = Reply({"d": {"results": []}})
    rows_of(make_reader(server, clock, resource, cursors={"lines": cursor}), "lines")
    assert server.requests[-1].query["$filter"][0].endswith(bound)


def test_a_system_parameter_goes_with_every_request_when_its_option_is_set(
    server: FakeServer, clock: FastClock
) -> None:
    server.routes["/odata/LEDGER_SRV/Lines"] = Reply({"d": {"results": []}})
    rows_of(make_reader(server, clock, LINES, options={"ledger": "0L", "client": "100"}), "lines")
    assert [request.query["sap-client"] for request in server.requests] == [["100"], ["100"]]


def test_a_field_that_the_service_lost_is_named(server: FakeServer, clock: FastClock) -> None:
    server.routes["/odata/LEDGER_SRV/$metadata"] = metadata(("Company", "Document", "ChangedAt"))
    with pytest.raises(ContractBreach, match="Lines has no field Amount"):
        rows_of(make_reader(server, clock, LINES), "lines")


def test_a_set_that_the_service_lost_is_named(server: FakeServer, clock: FastClock) -> None:
    with pytest.raises(ContractBreach, match="has no set Sheets"):
        rows_of(make_reader(server, clock, {**LINES, "path": "odata/LEDGER_SRV/Sheets"}), "lines")


def test_an_answer_of_another_shape_is_a_breach(server: FakeServer, clock: FastClock) -> None:
    server.routes["/odata/LEDGER_SRV/Lines"] = Reply({"value": []})
    with pytest.raises(ContractBreach, match="has no d"):
        rows_of(make_reader(server, clock, LINES), "lines")


def test_a_next_link_seen_before_ends_the_walk(server: FakeServer, clock: FastClock) -> None:
    server.routes["/odata/LEDGER_SRV/Lines"] = Reply(
        {"d": {"results": [row("1")], "__next": f"{server.url}/odata/LEDGER_SRV/Lines?$skiptoken=1"}}
    )
    with pytest.raises(ContractBreach, match="paging does not end"):
        rows_of(make_reader(server, clock, LINES), "lines")


def test_empty_pages_without_end_end_the_walk(server: FakeServer, clock: FastClock) -> None:
    def page(request: Request) -> Reply:
        token = int(request.query.get("$skiptoken", ["0"])[0]) + 1
        return Reply({"d": {"results": [], "__next": f"{server.url}/odata/LEDGER_SRV/Lines?$skiptoken={token}"}})

    server.routes["/odata/LEDGER_SRV/Lines"] = page
    with pytest.raises(ContractBreach, match="empty pages in a row"):
        rows_of(make_reader(server, clock, LINES), "lines")


def test_each_sum_is_counted_by_the_server_with_its_own_key(server: FakeServer, clock: FastClock) -> None:
    sums = [{"Company": "1010", "Side": "S", "Amount": "5.00"}, {"Company": "1010", "Side": "H", "Amount": "-5.00"}]
    server.routes["/odata/LEDGER_SRV/Lines"] = Reply({"d": {"results": sums}})
    server.routes["/odata/LEDGER_SRV/Lines/$count"] = lambda request: Reply(
        "3" if request.query["$filter"] == ["Company eq '1010' and Side eq 'S'"] else "8", content_type="text/plain"
    )
    rows = rows_of(make_reader(server, clock, TOTALS), "lines")
    assert [(total["Side"], total["line_count"]) for total in rows] == [("S", "3"), ("H", "8")]
    assert server.requests[1].query["$select"] == ["Company,Side,Amount"]
