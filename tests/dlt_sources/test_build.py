"""The factory: one source per instance, a text table per page, all or nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pyarrow as pa
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from dlt_sources import build
from dlt_sources.build import ExtractionSource, build_source, source_cursors, source_rows
from dlt_sources.errors import ConfigurationError, ContractBreach, SourceUnavailable, find_source_error
from dlt_sources.protocols.reader import Assignment, ReaderOfSeveral
from dlt_sources.protocols.settings_rows import SettingsRowsReader
from dlt_sources.settings import Instance
from tests.dlt_sources.fakes import FakeServer, FastClock, Reply, Request, system_of

DEALS = {
    "path": "v1/deals",
    "key": ["id"],
    "mode": "incremental",
    "cursor": {"field": "created", "kind": "unix_seconds", "overlap": "1h"},
    "fields": ["id", "created", "amount"],
}
LEADS = {"path": "v1/leads", "key": ["id"], "fields": ["id"]}
SYSTEM = system_of("rest_list", {"deals": DEALS, "leads": LEADS})


def make_source(server: FakeServer, system=SYSTEM, **changes: Any) -> ExtractionSource:
    instance = Instance(name="acme_group", system="acme", base_url=server.url, connection={"attempts": 2})
    settings = {"as_of": date(2026, 9, 30), "load_id": "L1", "cursors": {}, "clock": FastClock()}
    return build_source(system, instance, **{**settings, **changes})


def deal(number: int, **members: Any) -> dict[str, Any]:
    return {"id": f"d{number}", "created": 1_790_000_000 + number, "amount": 100, **members}


def serve(server: FakeServer, *pages: list[dict[str, Any]], leads: Reply | None = None) -> None:
    """The deals in these pages, and one lead."""

    def page(request: Request) -> Reply:
        after = request.query.get("starting_after", [""])[0]
        number = next((n + 1 for n, rows in enumerate(pages) if rows and rows[-1]["id"] == after), 0)
        return Reply({"data": pages[number], "has_more": number + 1 < len(pages)})

    server.routes["/v1/deals"] = page
    server.routes["/v1/leads"] = leads or Reply({"data": [{"id": "l1"}], "has_more": False})


def run(source: ExtractionSource, folder: Path) -> duckdb.DuckDBPyConnection:
    """Land the source as the platform does, and open what was landed."""
    pipeline = dlt.pipeline(
        "acme_group",
        destination=dlt.destinations.duckdb(str(folder / "acme_group.duckdb")),
        dataset_name="land_acme_group",
        pipelines_dir=str(folder / "pipelines"),
    )
    pipeline.run(source, loader_file_format="parquet")
    return duckdb.connect(str(folder / "acme_group.duckdb"), read_only=True)


def columns(warehouse: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in warehouse.sql(f"describe land_acme_group.{table}").fetchall()]


def test_pages_land_as_text_with_their_load_id(server: FakeServer, tmp_path: Path) -> None:
    serve(server, [deal(2), deal(1)], [deal(0, amount=None)])
    source = make_source(server)
    warehouse = run(source, tmp_path)
    assert columns(warehouse, "deals") == [(name, "VARCHAR") for name in ("id", "created", "amount", "_load_id")]
    assert warehouse.sql("select * from land_acme_group.deals order by id").fetchall() == [
        ("d0", "1790000000", None, "L1"),
        ("d1", "1790000001", "100", "L1"),
        ("d2", "1790000002", "100", "L1"),
    ]
    assert source_rows(source) == {"deals": 3, "leads": 1}
    assert source_cursors(source) == {"deals": "2026-09-21T14:13:22.000Z"}


def test_names_are_kept_as_the_source_spells_them(server: FakeServer, tmp_path: Path) -> None:
    names = ["id", "Cost Center", "Tax_Id__c", "CompanyCode"]
    system = system_of("rest_list", {"leads": {**LEADS, "fields": names}})
    server.routes["/v1/leads"] = Reply({"data": [dict.fromkeys(names, "x")], "has_more": False})
    warehouse = run(make_source(server, system), tmp_path)
    assert [name for name, _ in columns(warehouse, "leads")] == [*names, "_load_id"]


def test_a_resource_without_rows_still_has_its_table(server: FakeServer, tmp_path: Path) -> None:
    serve(server, [])
    assert [name for name, _ in columns(run(make_source(server), tmp_path), "deals")] == [*DEALS["fields"], "_load_id"]


def test_a_new_field_is_kept_as_a_new_column(server: FakeServer, tmp_path: Path) -> None:
    serve(server, [deal(1)], [deal(0, region={"code": "EMEA", "share": 0.5})])
    warehouse = run(make_source(server), tmp_path)
    assert warehouse.sql("select region from land_acme_group.deals order by id").fetchall() == [
        ('{"code":"EMEA","share":0.5}',),
        (None,),
    ]


def test_a_declared_field_that_no_row_has_is_a_breach_naming_it(server: FakeServer) -> None:
    serve(server, [{"id": "d1", "created": 1}, {"id": "d2", "created": 2}])
    with pytest.raises(Exception) as failed:
        list(make_source(server))
    breach = find_source_error(failed.value)
    assert isinstance(breach, ContractBreach)
    assert "field amount is in none of 2 rows" in str(breach)
    assert (breach.system, breach.instance, breach.resource) == ("acme", "acme_group", "deals")
    assert breach.failure_class == "source" and breach.what_was_kept and breach.next_step


def test_a_field_may_be_declared_as_left_out_when_empty(server: FakeServer) -> None:
    serve(server, [{"id": "d1", "created": 1}])
    system = system_of("rest_list", {"deals": {**DEALS, "optional_fields": ["amount"]}})
    assert len(list(make_source(server, system))) == 2


@pytest.mark.parametrize("rows", [[7], ["text"], [None], [{"created": "x"}], [{"id": {"a": 1}, "created": "1.5.2"}]])
def test_rows_of_another_shape_are_a_breach_and_not_a_crash(server: FakeServer, rows: list[Any]) -> None:
    serve(server)
    server.routes["/v1/deals"] = Reply({"data": rows, "has_more": True})
    with pytest.raises(Exception) as failed:
        list(make_source(server))
    assert isinstance(find_source_error(failed.value), ContractBreach)


def test_rows_that_paging_brought_twice_are_kept_once(server: FakeServer) -> None:
    serve(server, [deal(3), deal(2)], [deal(2), deal(1)])
    source = make_source(server)
    list(source)
    assert source_rows(source)["deals"] == 3
    assert source.extraction.repeats["deals"] == 1


def test_pages_that_only_repeat_end_the_load(server: FakeServer) -> None:
    def rotated(_: Request) -> Reply:
        start = len(server.requests)
        return Reply({"data": [deal((start + step) % 5) for step in range(5)], "has_more": True})

    server.routes["/v1/deals"] = rotated
    with pytest.raises(Exception) as failed:
        list(make_source(server))
    assert "paging does not end: 3 pages brought only rows read before" in str(find_source_error(failed.value))


@pytest.mark.parametrize("cut_page", [0, 1, 2])
def test_a_load_that_dies_at_any_page_shows_nothing_and_keeps_its_cursor(
    server: FakeServer, tmp_path: Path, cut_page: int
) -> None:
    serve(server, [deal(3)], [deal(2)], [deal(1)])
    whole = server.routes["/v1/deals"]
    answered = iter(range(100))
    server.routes["/v1/deals"] = lambda request: (
        whole(request) if next(answered) < cut_page else Reply('{"data": [', cut_after=5)
    )
    before = {"deals": "2026-09-01T00:00:00.000Z"}
    source = make_source(server, cursors=before)
    with pytest.raises(PipelineStepFailed) as failed:
        run(source, tmp_path)
    assert isinstance(find_source_error(failed.value), SourceUnavailable)
    assert source_cursors(source) == before
    file = tmp_path / "acme_group.duckdb"
    tables = duckdb.connect(str(file)).sql("show all tables").fetchall() if file.exists() else []
    assert not [table for table in tables if table[2] == "deals"]


def test_one_failing_resource_fails_the_load(server: FakeServer) -> None:
    serve(server, [deal(1)], leads=Reply("down", 503))
    source = make_source(server, cursors={"deals": "2026-09-01T00:00:00.000Z"})
    with pytest.raises(Exception) as failed:
        list(source)
    assert find_source_error(failed.value).resource == "leads"
    assert source_cursors(source) == {"deals": "2026-09-01T00:00:00.000Z"}


def test_resources_are_read_one_after_the_other(server: FakeServer) -> None:
    serve(server, [deal(3)], [deal(2)], [deal(1)])
    list(make_source(server))
    assert [request.path for request in server.requests] == ["/v1/deals"] * 3 + ["/v1/leads"]


def test_progress_is_told_page_by_page(server: FakeServer) -> None:
    serve(server, [deal(3), deal(2)], [deal(1)])
    told: list[tuple[str, int]] = []
    list(make_source(server, on_page=lambda resource, rows: told.append((resource, rows))))
    assert told == [("deals", 2), ("deals", 3), ("leads", 1)]


def test_an_instance_may_read_some_resources_only(server: FakeServer) -> None:
    serve(server, [deal(1)])
    instance = Instance(name="acme_group", system="acme", base_url=server.url, resources=["leads"])
    source = build_source(SYSTEM, instance, date(2026, 9, 30), "L1", {})
    list(source)
    assert source_rows(source) == {"leads": 1}


def test_the_pace_of_an_instance_may_differ_from_its_systems(server: FakeServer) -> None:
    serve(server, [deal(1)])
    instance = Instance(name="g", system="acme", base_url=server.url, connection={"requests_per_second": 0.5})
    clock = FastClock()
    list(build_source(SYSTEM, instance, date(2026, 9, 30), "L1", {}, clock=clock))
    assert clock.now() == pytest.approx(2.0)


def test_building_sends_nothing_and_an_address_must_be_one(server: FakeServer) -> None:
    make_source(server)
    assert server.requests == []
    with pytest.raises(ConfigurationError, match="base_url must be an http"):
        build_source(SYSTEM, Instance(name="g", system="acme"), date(2026, 9, 30), "L1", {})


def tables_of(source: ExtractionSource, resource: str) -> list[pa.Table]:
    """The tables with rows that dlt gets."""
    return [item for item in source.resources[resource] if isinstance(item, pa.Table) and item.num_rows]


def test_small_pages_reach_dlt_together_and_a_column_may_come_with_a_later_one(server: FakeServer) -> None:
    serve(server, [deal(1)], [deal(2, channel="web")], [deal(3)])
    (table,) = tables_of(make_source(server), "deals")
    assert table.column("id").to_pylist() == ["d1", "d2", "d3"]
    assert table.column("channel").to_pylist() == [None, "web", None]


def test_no_table_waits_for_more_rows_than_dlt_is_handed_at_once(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "TABLE_ROWS", 2)
    serve(server, [deal(1)], [deal(2)], [deal(3)])
    assert [table.num_rows for table in tables_of(make_source(server), "deals")] == [2, 1]


def test_the_readers_of_a_system_with_several_protocols_let_go_of_what_they_hold() -> None:
    assignment = Assignment(system=SYSTEM, instance="acme_group", as_of=date(2026, 9, 30))
    closed: list[str] = []

    class Holding(SettingsRowsReader):
        def close(self) -> None:
            closed.append("closed")

    ReaderOfSeveral(assignment, {"one": Holding(assignment), "other": Holding(assignment)}).close()
    assert closed == ["closed", "closed"]
