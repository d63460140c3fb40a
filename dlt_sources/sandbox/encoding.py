"""How each system writes a value on the wire, as SQL over the native columns of a snapshot table.

The servers encode page by page, loading without HTTP whole tables at once; both use these expressions' rules:
`column_text(system, column, columns)` is DuckDB SQL (vectorised) that gives the landed text of one column.
"""

from collections.abc import Mapping

from dlt_sources.sandbox.servers.sap_s4hana import decimal_text
from dlt_sources.sandbox.servers.sap_services import currency_of
from dlt_sources.sandbox.servers.store import identifier, plain_decimal


def column_text(system: str, column: str, columns: Mapping[str, str]) -> str:
    """SQL for the text of a column; `columns` are all columns of the table with their DuckDB types."""
    kind = columns[column].split("(")[0].lower()
    name = identifier(column)
    if system == "sap_s4hana":
        return _sap(column, kind, columns)
    if kind == "decimal" and system == "salesforce":
        # A JSON double: no trailing zeros, but always one digit after the point.
        digits = plain_decimal(name)
        return f"case when contains({digits}, '.') then {digits} else {digits} || '.0' end"
    if kind == "decimal":
        return plain_decimal(name)
    if kind == "timestamp":
        return f"strftime({name}, '%Y-%m-%dT%H:%M:%S.%g+0000')"
    return f"{name}::varchar"


def _sap(column: str, kind: str, columns: Mapping[str, str]) -> str:
    name = identifier(column)
    match kind:
        case "decimal":
            return decimal_text(name, currency_of(column, columns))
        case "date":
            return f"'/Date(' || epoch_ms({name}::timestamp) || ')/'"
        case "timestamp":
            return f"'/Date(' || epoch_ms({name}) || '+0000)/'"
    return f"{name}::varchar"
