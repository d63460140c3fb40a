"""A view's cells become the rows an export has: leaves only, empty cells left out, nothing unknown taken for known."""

from __future__ import annotations

import pytest

from dlt_sources.anaplan.cells import Shape, leaves, read_request

DIMENSIONS = {"Versions": "Version", "Entities": "Entity", "Time": "Time"}
AXES = {
    "pages": [{"id": "20000000020", "name": "Versions"}],
    "rows": [{"id": "101", "name": "Entities"}],
    "columns": [{"id": "20000000012", "name": "Line Items"}, {"id": "20000000003", "name": "Time"}],
}
ENTITIES = {"Entities": {"1010", "Meridian AG"}}


def shape() -> Shape:
    return Shape(DIMENSIONS, ["Amount"], ENTITIES)


def grid(columns: list[list[str]], *rows: tuple[str, list[str]]) -> dict:
    return {
        "pages": ["Budget FY26"],
        "columnCoordinates": columns,
        "rows": [{"rowCoordinates": [member], "cells": cells} for member, cells in rows],
    }


def test_a_cell_is_a_row_with_all_its_members() -> None:
    shown = shape().of_grid(AXES, grid([["Amount", "Jan 26"], ["Amount", "Feb 26"]], ("Meridian AG", ["64.60", ""])))
    assert shown == [{"Version": "Budget FY26", "Entity": "Meridian AG", "Time": "Jan 26", "Amount": "64.60"}]


def test_totals_of_time_and_of_lists_are_left_out_and_counted() -> None:
    columns = [["Amount", label] for label in ("Jan 26", "Q1 FY26", "H1 FY26", "FY26", "FY26 YTD", "All Periods")]
    reading = shape()
    rows = reading.of_grid(AXES, grid(columns, ("Meridian AG", ["1"] * 6), ("All Entities", ["1"] * 6)))
    assert [row["Time"] for row in rows] == ["Jan 26"]
    assert reading.totals == 11


def test_a_period_nobody_knows_is_kept_for_staging_to_judge() -> None:
    rows = shape().of_grid(AXES, grid([["Amount", "Week 3 FY26"]], ("Meridian AG", ["1"])))
    assert [row["Time"] for row in rows] == ["Week 3 FY26"]


def test_another_line_item_of_the_view_is_not_the_amount() -> None:
    rows = shape().of_grid(AXES, grid([["Amount", "Jan 26"], ["Headcount", "Jan 26"]], ("1010", ["1", "2"])))
    assert [row["Amount"] for row in rows] == ["1"]


def test_two_line_items_are_two_fields_of_one_row_wherever_they_stand() -> None:
    both = Shape(DIMENSIONS, ["Amount", "Line Count"], ENTITIES)
    columns = [["Amount", "Jan 26"], ["Amount", "Feb 26"], ["Line Count", "Jan 26"], ["Line Count", "Feb 26"]]
    expected = [
        {"Version": "Budget FY26", "Entity": "1010", "Time": "Jan 26", "Amount": "64.6", "Line Count": "2"},
        {"Version": "Budget FY26", "Entity": "1010", "Time": "Feb 26", "Amount": None, "Line Count": "0"},
    ]
    assert both.of_grid(AXES, grid(columns, ("1010", ["64.6", "", "2", "0"]))) == expected
    on_rows = {
        **AXES,
        "rows": [AXES["rows"][0], {"id": "20000000012", "name": "Line Items"}],
        "columns": AXES["columns"][1:],
    }
    shown = {
        "pages": ["Budget FY26"],
        "columnCoordinates": [["Jan 26"], ["Feb 26"]],
        "rows": [
            {"rowCoordinates": ["1010", "Amount"], "cells": ["64.6", ""]},
            {"rowCoordinates": ["1010", "Line Count"], "cells": ["2", "0"]},
        ],
    }
    assert both.of_grid(on_rows, shown) == expected
    content = b"Versions,Entities,Time,Amount,Line Count\nBudget FY26,1010,Jan 26,64.6,2\nBudget FY26,1010,Feb 26,,0\n"
    assert both.of_table(content) == expected


def test_every_filled_cell_of_a_total_is_counted() -> None:
    both = Shape(DIMENSIONS, ["Amount", "Line Count"], ENTITIES)
    columns = [["Amount", "FY26"], ["Line Count", "FY26"], ["Amount", "Q1 FY26"], ["Line Count", "Q1 FY26"]]
    assert both.of_grid(AXES, grid(columns, ("1010", ["64.6", "2", "", "1"]))) == []
    assert both.totals == 3


def test_a_cell_that_is_on_a_page_twice_is_an_answer_of_another_shape() -> None:
    columns = [["Amount", "Jan 26"], ["Amount", "Jan 26"]]
    with pytest.raises(ValueError, match="cell of Amount at Budget FY26, 1010, Jan 26 is on the page twice"):
        shape().of_grid(AXES, grid(columns, ("1010", ["1", "1"])))


def test_a_row_with_fewer_cells_than_columns_is_an_answer_of_another_shape() -> None:
    with pytest.raises(ValueError, match="zip"):
        shape().of_grid(AXES, grid([["Amount", "Jan 26"], ["Amount", "Feb 26"]], ("1010", ["1"])))


def test_a_table_brings_what_the_grid_brings() -> None:
    content = (
        b"Versions,Entities,Time,Amount,Headcount\n"
        b"Budget FY26,Meridian AG,Jan 26,64.60,\nBudget FY26,All Entities,Jan 26,64.60,\nBudget FY26,1010,Feb 26,,3\n"
    )
    wide = Shape({**DIMENSIONS, "Headcount": "Headcount"}, ["Amount"], ENTITIES)
    rows = [{name: row[name] for name in ("Entity", "Time", "Amount")} for row in wide.of_table(content)]
    assert rows == [{"Entity": "Meridian AG", "Time": "Jan 26", "Amount": "64.60"}]


def test_a_view_without_rows_is_no_row() -> None:
    assert shape().of_grid(AXES, {"pages": ["Budget FY26"], "columnCoordinates": [["Amount", "Jan 26"]]}) == []


def test_a_dimension_without_a_field_is_named() -> None:
    assert shape().unknown_dimensions({**AXES, "rows": [{"id": "9", "name": "Channels"}]}) == ["Channels"]


def test_a_parent_is_no_leaf_by_name_or_code() -> None:
    members = [
        {"id": "1", "name": "All Entities", "code": "GROUP", "parentId": ""},
        {"id": "2", "name": "Meridian AG", "code": "1010", "parentId": "1"},
    ]
    assert leaves(members) == {"Meridian AG", "1010"}


def test_a_read_request_is_found_under_any_name() -> None:
    assert read_request({"meta": {}, "viewReadRequest": {"requestId": "A"}}) == {"requestId": "A"}
    with pytest.raises(ValueError, match="no read request"):
        read_request({"meta": {}})
