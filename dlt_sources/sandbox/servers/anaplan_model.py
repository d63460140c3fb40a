"""The planning model behind the Anaplan API: lists, versions, the plan and its totals, a module that takes imports."""

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from dlt_sources.sandbox.servers.store import Store, csv_record, identifier, plain_decimal

PLAN_MODULE = "102000000001"
SUBMISSION_MODULE = "102000000002"
TOTALS_MODULE = "102000000003"

WORKSPACE_ID = "8a81b09a5d2b4f7c9e6d3c1b0a9f8e7d"
WORKSPACE_NAME = "Group Finance"
MODEL_ID = "3F8E2D1C5B6A49780C1D2E3F4A5B6C7D"
MODEL_NAME = "Group Planning"
PLAN_EXPORT = "116000000001"
SUBMISSION_EXPORT = "116000000002"
TOTALS_EXPORT = "116000000003"
SUBMISSION_IMPORT = "112000000001"
SUBMISSION_FILE = "113000000001"
SUBMISSION_PROCESS = "118000000001"
CLEAR_ACTION = "117000000001"

_EXPORT_NAMES = {
    PLAN_EXPORT: "Plan Lines.csv",
    SUBMISSION_EXPORT: "Forecast Submission.csv",
    TOTALS_EXPORT: "Plan Totals.csv",
}
_TABLES = {
    PLAN_EXPORT: "plan_lines",
    PLAN_MODULE: "plan_lines",
    TOTALS_EXPORT: "plan_totals",
    TOTALS_MODULE: "plan_totals",
}
# The line items of each module, by id.
_LINE_ITEMS = {
    PLAN_MODULE: {"206900000001": "Amount"},
    TOTALS_MODULE: {"206900000002": "Amount", "206900000003": "Line Count"},
}
# The list each dimension of the plan takes its members from.
_LIST_OF_COLUMN = {
    "Entity": "Entities",
    "Account": "Accounts",
    "Cost Center": "Cost Centers",
    "Product Family": "Product Families",
}
_MEASURE = "Amount"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_LABEL = re.compile(rf"({'|'.join(_MONTHS)}) \d\d")
# Dimensions that every model has, and the plan's currencies.
LINE_ITEMS, TIME, VERSIONS = "20000000012", "20000000003", "20000000020"
_CURRENCIES = ("Currencies", "101000000099")
# The code of the member above all entities.
ALL_ENTITIES = "GROUP"
# Columns of the API's objects that are JSON themselves.
_NESTED = frozenset({"switchover", "editFrom", "editTo", "subsets", "properties", "fiscalYear", "currentPeriod"})


@dataclass
class ImportResult:
    """How an import ended: counts by kind, and the refused rows with their reasons as a CSV dump."""

    is_successful: bool
    details: list[dict[str, Any]]
    dump: bytes = b""

    @classmethod
    def without_file(cls) -> "ImportResult":
        return cls(False, [_detail("fileIOFailed", "The import's file has not been uploaded completely")])


@dataclass
class Model:
    """Reads the snapshot's planning tables; keeps the rows that were imported for as long as the server lives."""

    store: Callable[[], Store]
    submission: dict[tuple[str, ...], str] = field(default_factory=dict)

    # Structure

    def modules(self) -> list[dict[str, Any]]:
        return [
            {"id": PLAN_MODULE, "name": "Plan Lines"},
            {"id": SUBMISSION_MODULE, "name": "Forecast Submission"},
            {"id": TOTALS_MODULE, "name": "Plan Totals"},
        ]

    def views(self, module: str) -> list[dict[str, Any]]:
        """The module's views: the default one, which has its id."""
        names = {row["id"]: row["name"] for row in self.modules()}
        return [{"id": module, "name": names[module], "moduleId": module}]

    def line_items(self, module: str) -> list[dict[str, Any]]:
        """What the module holds per cell; the submission's is not described."""
        return [
            {
                "id": identity,
                "name": name,
                "moduleId": module,
                "moduleName": self._name_of(module),
                "format": "NUMBER",
                "formatMetadata": {"dataType": "NUMBER", "decimalPlaces": -1, "decimalSeparator": "FULL_STOP"},
                "summary": "Sum",
                "timeScale": "Month",
                "appliesTo": self._dimensions(module),
                "formula": "",
                "code": "",
            }
            for identity, name in _LINE_ITEMS[module].items()
        ]

    def view(self, view: str) -> dict[str, Any]:
        """The axes of a view."""
        return {
            "viewName": self._name_of(view),
            "viewId": view,
            "rows": self._dimensions(view),
            "columns": [{"id": LINE_ITEMS, "name": "Line Items"}, {"id": TIME, "name": "Time"}],
            "pages": [{"id": VERSIONS, "name": "Versions"}],
        }

    def _name_of(self, module: str) -> str:
        return next(row["name"] for row in self.modules() if row["id"] == module)

    def _dimensions(self, module: str) -> list[dict[str, Any]]:
        """The lists that a module is planned on, and the currencies; raises KeyError for what has no table."""
        columns, ids = self._columns(module), self._list_ids()
        named = [(name, ids[name]) for column, name in _LIST_OF_COLUMN.items() if column in columns]
        return [{"id": identity, "name": name} for name, identity in [*named, _CURRENCIES]]

    def exports(self) -> list[dict[str, Any]]:
        return [
            {
                "id": identity,
                "name": name,
                "exportType": "TABULAR_MULTI_COLUMN",
                "exportFormat": "text/csv",
                "encoding": "UTF-8",
                "layout": "TABULAR_MULTI_COLUMN",
            }
            for identity, name in _EXPORT_NAMES.items()
        ]

    def export_metadata(self, export: str) -> dict[str, Any]:
        columns = self.plan_columns() if export == SUBMISSION_EXPORT else self._columns(export)
        rows = len(self.submission) if export == SUBMISSION_EXPORT else self._row_count(export)
        kinds = {"Time": "TIME_ENTITY", _MEASURE: "NUMBER", "Line Count": "NUMBER"}
        return {
            "columnCount": len(columns),
            "dataTypes": [kinds.get(column, "ENTITY") for column in columns],
            "delimiter": '"',
            "encoding": "UTF-8",
            "exportFormat": "text/csv",
            "headerNames": columns,
            "listNames": [_LIST_OF_COLUMN.get(column, column) for column in columns],
            "rowCount": rows,
            "separator": ",",
        }

    def imports(self) -> list[dict[str, Any]]:
        return [
            {
                "id": SUBMISSION_IMPORT,
                "name": "Load Forecast Submission",
                "importDataSourceId": SUBMISSION_FILE,
                "importType": "MODULE_DATA",
            }
        ]

    def import_metadata(self, identity: str) -> dict[str, Any]:
        if identity != SUBMISSION_IMPORT:
            raise KeyError(identity)
        columns = self.plan_columns()
        return {
            "name": "Load Forecast Submission",
            "type": "FILE",
            "source": {
                "textEncoding": "UTF-8",
                "columnSeparator": ",",
                "textDelimiter": '"',
                "headerRow": 1,
                "firstDataRow": 2,
                "decimalSeparator": ".",
                "headerNames": columns,
                "columnCount": len(columns),
            },
        }

    def processes(self) -> list[dict[str, Any]]:
        return [{"id": SUBMISSION_PROCESS, "name": "Refresh Forecast"}]

    def actions(self) -> list[dict[str, Any]]:
        return [{"id": CLEAR_ACTION, "name": "Clear Forecast Submission", "actionType": "DELETE_BY_SELECTION"}]

    def files(self) -> list[dict[str, Any]]:
        upload = {
            "id": SUBMISSION_FILE,
            "name": "Forecast Submission.csv",
            "delimiter": '"',
            "encoding": "UTF-8",
            "firstDataRow": 2,
            "format": "txt",
            "headerRow": 1,
            "separator": ",",
        }
        return [
            upload,
            *(
                {"id": identity, "name": name, "firstDataRow": 0, "headerRow": 0}
                for identity, name in _EXPORT_NAMES.items()
            ),
        ]

    # Members

    def lists(self) -> list[dict[str, Any]]:
        return [{"id": identity, "name": name} for name, identity in self._list_ids().items()]

    def list_metadata(self, identity: str) -> dict[str, Any]:
        name = {known: name for name, known in self._list_ids().items()}[identity]
        count = len(self.list_items(identity))
        return {
            "id": identity,
            "name": name,
            "properties": [],
            "hasSelectiveAccess": False,
            "productionData": False,
            "managedBy": "All",
            "numberedList": False,
            "useTopLevelAsPageDefault": False,
            "itemCount": count,
            "workflowEnabled": False,
            "permittedItems": 1_000_000_000,
        }

    def list_items(self, identity: str) -> list[dict[str, Any]]:
        """The members of a list; what a member does not have is left out."""
        name = {known: name for name, known in self._list_ids().items()}[identity]
        rows = self.store().select("select * exclude (list_name) from list_items where list_name = ?", [name])
        return [_object(row) for row in rows.to_pylist()]

    def versions(self) -> list[dict[str, Any]]:
        return [_object(row) for row in self.store().select("select * from versions").to_pylist()]

    def calendar(self) -> dict[str, Any]:
        return self._calendar() | {
            "calendarType": "Calendar Months/Quarters/Years",
            "pastYearsCount": 2,
            "totalsSelection": {
                "quarterTotals": True,
                "halfYearTotals": False,
                "yearToDateSummary": False,
                "yearToGoSummary": False,
                "totalOfAllPeriods": False,
            },
        }

    def current_period(self) -> dict[str, Any]:
        return self._calendar()["currentPeriod"]

    def _calendar(self) -> dict[str, Any]:
        return _object(self.store().select("select * from calendar").to_pylist()[0])

    def _list_ids(self) -> dict[str, str]:
        """List names with their ids, as the members carry them."""
        rows = self.store().select('select list_name, min("listId") as id from list_items group by all order by id')
        return {row["list_name"]: row["id"] for row in rows.to_pylist()}

    # Data

    def plan_columns(self) -> list[str]:
        return self._columns(PLAN_EXPORT)

    def _columns(self, export_or_module: str) -> list[str]:
        return list(self.store().columns(_TABLES[export_or_module]))

    def export(self, export: str) -> bytes:
        """The CSV of an export, header first."""
        if export == SUBMISSION_EXPORT:
            lines = [self.plan_columns(), *([*cell, amount] for cell, amount in self.submission.items())]
            return "".join(map(_csv_line, lines)).encode()
        table = _TABLES[export]
        kinds = self.store().columns(table)
        values = [plain_decimal(identifier(name)) if kinds[name] == "decimal" else identifier(name) for name in kinds]
        rows = self.store().encode(self.store().select(f"select * from {table}"), csv_record(values, quote_all=False))
        return (_csv_line(list(kinds)) + "".join(f"{row}\n" for row in rows)).encode()

    def load_submission(self, content: bytes) -> ImportResult:
        """Imports rows into the submission module; a cell written twice keeps the last amount."""
        columns = self.plan_columns()
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig")))
        header = next(reader, [])
        if header != columns:
            return ImportResult(
                False,
                [_detail("importFailed", "The file's columns are not those of the import: " + ", ".join(columns))],
            )
        members = self._members()
        refused: list[list[str]] = []
        created = updated = 0
        for number, row in enumerate(reader, start=1):
            reason = self._objection(dict(zip(columns, row, strict=False)), len(row) == len(columns), members)
            if reason:
                refused.append([str(number), reason, *row])
                continue
            values = dict(zip(columns, row, strict=True))
            amount = values.pop(_MEASURE)
            cell = tuple(values.values())
            created, updated = created + (cell not in self.submission), updated + (cell in self.submission)
            self.submission[cell] = amount
        counts = {
            "successRowCount": created + updated,
            "createdCount": created,
            "updatedCount": updated,
            "failedCount": len(refused),
            "ignoredCount": 0,
            "totalRowCount": created + updated + len(refused),
        }
        details = [
            _detail(
                "hierarchyRowsProcessed",
                "Forecast Submission",
                [text for name, value in counts.items() for text in (name, str(value))],
            )
        ]
        dump = "".join(map(_csv_line, [["_Row_", "_Error_", *columns], *refused])).encode() if refused else b""
        return ImportResult(True, details, dump)

    def clear_submission(self) -> None:
        self.submission.clear()

    def _objection(self, row: dict[str, str], is_whole: bool, members: dict[str, set[str]]) -> str:
        """Why a row cannot be loaded; empty when it can."""
        if not is_whole:
            return "The row does not have as many columns as the header"
        for column, known in members.items():
            if row[column] not in known:
                return f"Invalid {column}: '{row[column]}' is not a member of {_LIST_OF_COLUMN.get(column, column)}"
        if not _MONTH_LABEL.fullmatch(row["Time"]):
            return f"Invalid Time: '{row['Time']}' is not a month of the model calendar"
        try:
            finite = Decimal(row[_MEASURE]).is_finite()
        except InvalidOperation:
            finite = False
        return "" if finite else f"Invalid {_MEASURE}: '{row[_MEASURE]}' is not a number"

    def _members(self) -> dict[str, set[str]]:
        """Codes and names that may stand in each dimension column."""
        members: dict[str, set[str]] = {"Version": {row["name"] for row in self.versions()}}
        for column, list_name in _LIST_OF_COLUMN.items():
            items = self.list_items(self._list_ids()[list_name])
            members[column] = {row.get(key) for row in items for key in ("code", "name")} - {None} | {""}
        return members

    def cells(self, view: str, version: str) -> tuple[str, list[list[str]], list[tuple[tuple[str, ...], list[str]]]]:
        """A version as a view shows it: its name, columns of line item and period, and rows of members and cells.

        Members stand by name. Quarters, the year and all entities together are in it as well; a cell nobody planned is
        empty. Raises KeyError for what is no view's or version's id.
        """
        name = {row["id"]: row["name"] for row in self.versions()}[version]
        names, known = self._names(), self._columns(view)
        dimensions = [column for column in _LIST_OF_COLUMN if column in known]
        found = self.store().select(f'select * from {_TABLES[view]} where "Version" = ?', [name]).to_pylist()
        months = sorted({row["Time"] for row in found}, key=_month_order)
        measures = list(_LINE_ITEMS[view].values())
        sums: dict[tuple[str, ...], dict[tuple[str, str], Decimal]] = {}
        for row in found:
            members = [names[column].get(row[column], row[column]) for column in dimensions] + [row["Currency"]]
            for entity in dict.fromkeys((members[0], names["Entity"].get(ALL_ENTITIES, members[0]))):
                cells = sums.setdefault((entity, *members[1:]), {})
                for period in (row["Time"], *_periods_above(row["Time"])):
                    for measure in measures:
                        cells[measure, period] = cells.get((measure, period), Decimal(0)) + row[measure]
        periods = [*months, *sorted({above for month in months for above in _periods_above(month)})]
        columns = [[measure, period] for measure in measures for period in periods]
        shown = {
            members: [_digits(cells.get((measure, period))) for measure, period in columns]
            for members, cells in sums.items()
        }
        return name, columns, list(shown.items())

    def tabular(self, view: str) -> list[list[str]]:
        """All versions of a view, one line per members with a cell that is not empty, header first."""
        measures = list(_LINE_ITEMS[view].values())
        lines = [["Versions", *(row["name"] for row in self._dimensions(view)), "Time", *measures]]
        for version in self.versions():
            name, columns, rows = self.cells(view, version["id"])
            periods = list(dict.fromkeys(period for _, period in columns))
            for members, cells in rows:
                of = {(measure, period): cell for (measure, period), cell in zip(columns, cells, strict=True)}
                for period in periods:
                    values = [of[measure, period] for measure in measures]
                    if any(values):
                        lines.append([name, *members, period, *values])
        return lines

    def _names(self) -> dict[str, dict[str, str]]:
        """What the members of each dimension are called, by code."""
        ids = self._list_ids()
        return {
            column: {row["code"]: row["name"] for row in self.list_items(ids[list_name])}
            for column, list_name in _LIST_OF_COLUMN.items()
        }

    def _row_count(self, export: str) -> int:
        return self.store().select(f"select count(*) as rows from {_TABLES[export]}")["rows"][0].as_py()


def _month_order(label: str) -> tuple[str, int]:
    return label[4:], _MONTHS.index(label[:3])


def _periods_above(label: str) -> tuple[str, str]:
    """The quarter and the year of a month."""
    year, place = _month_order(label)
    return f"Q{place // 3 + 1} FY{year}", f"FY{year}"


def _digits(amount: Decimal | None) -> str:
    """A cell's text, empty where there is none."""
    if amount is None:
        return ""
    text = str(amount)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _object(row: dict[str, Any]) -> dict[str, Any]:
    """A table row as the API shows it: nested text becomes JSON, absent values are left out."""
    return {
        name: json.loads(value) if name in _NESTED and isinstance(value, str) else value
        for name, value in row.items()
        if value is not None
    }


def _detail(kind: str, message: str, values: list[str] | None = None) -> dict[str, Any]:
    return {"localMessageText": message, "occurrences": 0 if values else 1, "type": kind, "values": values or []}


def _csv_line(values: list[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(values)
    return buffer.getvalue()
