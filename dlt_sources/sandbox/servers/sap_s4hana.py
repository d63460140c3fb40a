"""SAP S/4HANA as an OData V2 server: Basic logon, `$metadata`, server-driven paging, aggregate sets, CSRF."""

import json
import re
import secrets
import threading
from collections.abc import Mapping
from urllib.parse import quote, unquote, urlencode
from xml.sax.saxutils import escape, quoteattr

import pyarrow as pa
from starlette.responses import Response
from starlette.routing import Route

from dlt_sources.sandbox.faults import Fault
from dlt_sources.sandbox.servers.context import Sandbox
from dlt_sources.sandbox.servers.odata_filter import Condition, FilterError, parse_filter, parse_key, parse_orderby
from dlt_sources.sandbox.servers.sap_services import SERVICES, EntitySet, currency_of, measures, metadata
from dlt_sources.sandbox.servers.store import (
    Store,
    identifier,
    json_bare,
    json_object,
    json_string,
    literal,
    plain_decimal,
)
from dlt_sources.sandbox.servers.web import Call, Refusal, basic_credentials, endpoint, json_response, json_text

SYSTEM = "sap_s4hana"
_REALM = 'Basic realm="SAP NetWeaver Application Server [S4H/100][alias]"'
_SYSTEM_OPTIONS = frozenset(
    {
        "$filter",
        "$select",
        "$top",
        "$skip",
        "$skiptoken",
        "$orderby",
        "$inlinecount",
        "$format",
        "$count",
    }
)
# Decimal places of the currencies that do not have two (ISO 4217; what SAP keeps in table TCURX).
_MINOR_UNITS = {0: ("CLP", "ISK", "JPY", "KRW", "VND", "XAF", "XOF"), 3: ("BHD", "JOD", "KWD", "OMR", "TND")}
_LOGIN_PAGE = (
    "<!DOCTYPE html><html><head><title>Logon</title></head><body>"
    '<form method="post" action="/sap/public/bc/sec/saml2/login"><label>User</label><input name="sap-user"/>'
    '<label>Password</label><input name="sap-password" type="password"/></form></body></html>'
)


class SapServer:
    """The services under `/sap/opu/odata/sap/`; rows are the snapshot's, numbers and dates as SAP writes them."""

    system = SYSTEM

    def __init__(self, sandbox: Sandbox):
        self._sandbox = sandbox
        self._lock = threading.Lock()
        self._csrf_tokens: dict[str, str] = {}  # session cookie → token

    def routes(self) -> list[Route]:
        # A base address of …/sap serves both the path that repeats it and the one that does not.
        methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
        return [
            Route(f"{prefix}/opu/odata/sap/{{service}}{rest}", endpoint(self._serve), methods=methods)
            for prefix in ("", "/sap")
            for rest in ("", "/", "/{segment:path}")
        ]

    def fault_response(self, fault: Fault) -> Response:
        """What the gateway in front of SAP says when it is over its limit or broken."""
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        if fault.label == "rate_limit":
            return _error(429, "/IWFND/CM_MGW/429", "Too Many Requests", headers=headers)
        status = fault.status or 500
        code = {503: "ICMETIMEOUT"}.get(status, "SY/530")
        return _error(status, code, "An exception was raised in the application server", headers=headers)

    def _serve(self, call: Call) -> Response:
        self._authenticate(call)
        service = call.parameters["service"].partition(";")[0]
        if service not in SERVICES:
            raise Refusal(
                _error(403, "/IWFND/MED/170", f"No service found for namespace '', name '{service}', version '0001'")
            )
        if call.method not in ("GET", "HEAD"):
            return self._write(call)
        segment = call.parameters.get("segment", "")
        response = self._read(call, service, segment)
        if call.headers.get("x-csrf-token", "").lower() == "fetch":
            self._give_csrf_token(response)
        return response

    def _read(self, call: Call, service: str, segment: str) -> Response:
        store = self._sandbox.store(SYSTEM)
        if segment == "":
            return json_response({"d": {"EntitySets": sorted(self._offered(service, store))}})
        if segment == "$metadata":
            columns = {name: store.columns(s.resource) for name, s in self._offered(service, store).items()}
            return Response(
                metadata(service, columns), media_type="application/xml", headers={"DataServiceVersion": "2.0"}
            )
        match = re.fullmatch(r"(?P<set>\w+)(?:\((?P<key>.*)\))?(?P<count>/\$count)?", unquote(segment))
        entity_set = self._offered(service, store).get(match["set"]) if match else None
        if entity_set is None:
            raise Refusal(_error(404, "/IWBEP/CM_MGW_RT/020", f"Resource not found for the segment '{segment}'"))
        try:
            reading = _Reading(call, entity_set, store, self._sandbox.limits.sap_page_rows)
            if match["key"] is not None:
                return reading.single(match["key"])
            return reading.count() if match["count"] else reading.page()
        except FilterError as error:
            raise Refusal(_error(400, "/IWBEP/CM_MGW_RT/021", str(error))) from error

    def _offered(self, service: str, store: Store) -> dict[str, EntitySet]:
        return {name: entity_set for name, entity_set in SERVICES[service].items() if entity_set.resource in store}

    def _authenticate(self, call: Call) -> None:
        """Lets the communication user in; a business user gets the login page, as the real API host sends it."""
        given = basic_credentials(call.headers)
        expected = self._sandbox.credentials[SYSTEM]
        if given and given[0] == expected.get("business_user"):
            raise Refusal(Response(_LOGIN_PAGE, 200, media_type="text/html"))
        if given != (expected["user"], expected["password"]) or call.meets("expired_token"):
            body = "<html><head><title>Logon failed</title></head><body><h1>401 Unauthorized</h1></body></html>"
            raise Refusal(Response(body, 401, {"WWW-Authenticate": _REALM}, media_type="text/html"))

    def _give_csrf_token(self, response: Response) -> None:
        session, token = secrets.token_hex(16), secrets.token_urlsafe(16)
        with self._lock:
            self._csrf_tokens[session] = token
        response.headers["x-csrf-token"] = token
        response.headers.append("set-cookie", f"SAP_SESSIONID_S4H_100={session}; path=/; HttpOnly")
        response.headers.append("set-cookie", "sap-usercontext=sap-client=100; path=/")

    def _write(self, call: Call) -> Response:
        """Nothing here can be written; the handshake that a write needs is the real one."""
        cookie = re.search(r"SAP_SESSIONID_S4H_100=(\w+)", call.headers.get("cookie", ""))
        with self._lock:
            token = self._csrf_tokens.get(cookie[1]) if cookie else None
        if token is None or call.headers.get("x-csrf-token") != token:
            return Response("CSRF token validation failed", 403, {"x-csrf-token": "Required"}, media_type="text/plain")
        return _error(501, "/IWBEP/CX_MGW_NOT_IMPL_EXC", "Method not implemented in data provider class")


class _Reading:
    """One reading of one entity set: options checked, rows selected, a page written."""

    def __init__(self, call: Call, entity_set: EntitySet, store: Store, page_rows: int):
        self._call = call
        self._set = entity_set
        self._store = store
        self._columns = store.columns(entity_set.resource)
        if unknown := [name for name in call.query if name.startswith("$") and name not in _SYSTEM_OPTIONS]:
            raise FilterError(f"System query option '{unknown[0]}' is not supported")
        preferred = re.search(r"odata\.maxpagesize=(\d+)", call.headers.get("prefer", ""))
        self._page_rows = min(page_rows, max(int(preferred[1]), 1)) if preferred else page_rows
        self._shown = self._selected_properties()
        self._is_grouped = entity_set.is_aggregate and bool(call.query.get("$select")) and "ID" not in self._shown

    def page(self) -> Response:
        query = self._call.query
        rows = self._rows(self._condition())
        skip, top = self._whole_number("$skip", 0), self._whole_number("$top", None)
        last = rows.num_rows if top is None else min(rows.num_rows, skip + top)
        start = self._whole_number("$skiptoken", skip)
        stop = min(start + self._page_rows, last)
        has_more = stop < last or self._call.meets("endless_next")
        following = self._next_url(start if self._call.meets("endless_next") else stop) if has_more else None
        total = rows.num_rows if query.get("$inlinecount") == "allpages" else None
        page = rows.slice(start, max(stop - start, 0))
        if not self._wants_json():
            return self._atom(page, total, following)
        body = ['{"d":{']
        if total is not None:
            body.append(f'"__count":"{total}",')
        body += ['"results":[', ",".join(self._store.encode(page, self._json_expression())), "]"]
        if following:
            body.append(f',"__next":{json.dumps(following)}')
        body.append("}}")
        return json_text("".join(body), headers={"DataServiceVersion": "2.0"})

    def count(self) -> Response:
        condition = self._condition()
        if condition.equals and not self._is_grouped:
            # Control totals ask for the lines behind every sum, hundreds of times.
            lines = self._store.count(self._set.resource, condition.equals)
        else:
            counted = f"select count(*) as lines from ({self._sql(condition)})"
            lines = self._store.select(counted, condition.parameters)["lines"][0].as_py()
        return Response(str(lines), media_type="text/plain", headers={"DataServiceVersion": "2.0"})

    def single(self, key: str) -> Response:
        if self._set.is_aggregate:
            value = parse_key(key, ["ID"], {"ID": "varchar"})
            condition = Condition(f"{_generated_id(self._set.grain)} = ?", value.parameters)
        else:
            condition = parse_key(key, list(self._set.key), self._columns)
        rows = self._rows(condition)
        if rows.num_rows == 0:
            return _error(404, "/IWBEP/CM_MGW_RT/020", f"Resource not found for the segment '{self._set.type_name}'")
        if not self._wants_json():
            return self._atom(rows, None, None)
        return json_text(
            f'{{"d":{self._store.encode(rows, self._json_expression())[0]}}}', headers={"DataServiceVersion": "2.0"}
        )

    def _selected_properties(self) -> list[str]:
        """The properties of `$select`, or all; an aggregate set adds its generated ID to all."""
        every = (["ID"] if self._set.is_aggregate else []) + list(self._columns)
        asked = [name.strip() for name in self._call.query.get("$select", "").split(",") if name.strip()]
        if not asked or asked == ["*"]:
            return every
        if unknown := [name for name in asked if name not in every]:
            raise FilterError(f"Property {unknown[0]} not found in type {self._set.type_name}")
        return asked

    def _rows(self, condition: Condition) -> pa.Table:
        """The rows in the asked order; the key decides where that leaves a choice."""
        shown, key = self._selection()
        order_by = ", ".join(map(identifier, key))
        if asked := self._call.query.get("$orderby"):
            sortable = {name: self._columns[name] for name in (shown if self._is_grouped else self._columns)}
            order_by = f"{parse_orderby(asked, sortable)}, {order_by}"
        return self._store.select(f"{self._sql(condition)} order by {order_by}", condition.parameters)

    def _sql(self, condition: Condition) -> str:
        """SQL of the rows without their order: at the finest grain, or summed over what was not selected."""
        source = f"from {identifier(self._set.resource)} where {condition.sql}"
        if not self._is_grouped:
            return f"select * {source}"
        shown, key = self._selection()
        columns = [
            identifier(name) if name in key else f"sum({identifier(name)}) as {identifier(name)}" for name in shown
        ]
        return f"select {', '.join(columns)} {source} group by {', '.join(map(identifier, key))}"

    def _selection(self) -> tuple[list[str], list[str]]:
        """The columns of the rows and those that tell one row from another."""
        if not self._is_grouped:
            return list(self._columns), list(self._set.grain or self._set.key)
        summed = [name for name in self._shown if name in measures(self._columns)]
        # The unit of a measure is always part of the grouping: currencies are never added together.
        units = [currency_of(name, self._columns) for name in summed]
        dimensions = list(dict.fromkeys([*(name for name in self._shown if name not in summed), *units]))
        return dimensions + summed, dimensions

    def _condition(self) -> Condition:
        """The rows that `$filter` keeps; amounts and the generated ID of an aggregate cannot be filtered."""
        unfilterable = ("ID", *measures(self._columns)) if self._set.is_aggregate else ()
        text = self._call.query.get("$filter")
        return parse_filter(text, self._columns, unfilterable) if text else Condition("true")

    def _json_expression(self) -> str:
        members = [("__metadata", self._metadata_fragment())]
        for name in self._shown:
            members.append((name, self._fragment(name)))
        return json_object(members)

    def _fragment(self, name: str) -> str:
        """SQL for the JSON text of one property: decimals are strings, dates are `/Date(ms)/`."""
        kind = "varchar" if name == "ID" else self._columns[name]
        if kind in ("boolean", "bigint", "integer"):
            return json_bare(identifier(name))
        text = self._text(name)
        if kind == "varchar":
            return json_string(text)
        quoted = f"'\"' || {text} || '\"'"
        return f"coalesce({quoted}, 'null')"

    def _text(self, name: str) -> str:
        """SQL for the characters of one property as SAP writes them in JSON, without quotes."""
        column = identifier(name)
        if name == "ID":
            return self._id_expression()
        match self._columns[name]:
            case "date":
                return f"'\\/Date(' || epoch_ms({column}) || ')\\/'"
            case "timestamp":
                return f"'\\/Date(' || epoch_ms({column}) || '+0000)\\/'"
            case "decimal":
                return decimal_text(column, currency_of(name, self._columns))
            case _:
                return column

    def _id_expression(self) -> str:
        if self._is_grouped:
            return _generated_id([name for name in self._shown if name not in measures(self._columns)])
        return _generated_id(self._set.grain)

    def _metadata_fragment(self) -> str:
        root = (
            f"{self._call.origin}{self._call.path.partition(self._set.service)[0]}{self._set.service}/{self._set.name}"
        )
        type_name = f"{self._set.namespace}.{self._set.type_name}"
        if self._set.is_aggregate:
            predicate = f"'''' || {self._id_expression()} || ''''"
        elif len(self._set.key) == 1:
            predicate = self._key_literal(self._set.key[0])
        else:
            predicate = " || ',' || ".join(f"'{name}=' || {self._key_literal(name)}" for name in self._set.key)
        uri = f"{literal(root + '(')} || {predicate} || ')'"
        return (
            f"concat('{{\"id\":', to_json({uri})::varchar, ',\"uri\":', to_json({uri})::varchar, "
            f'\',"type":"{type_name}"}}\')'
        )

    def _key_literal(self, name: str) -> str:
        column = identifier(name)
        if self._columns[name] == "date":
            return f"'datetime''' || strftime({column}, '%Y-%m-%dT00:00:00') || ''''"
        return f"'''' || replace({column}, '''', '''''') || ''''"

    def _wants_json(self) -> bool:
        asked = self._call.query.get("$format")
        if asked not in (None, "json", "atom"):
            raise FilterError(f"Format '{asked}' is not supported")
        return asked == "json" if asked else "json" in self._call.headers.get("accept", "")

    def _next_url(self, position: int) -> str:
        kept = [(name, value) for name, value in self._call.query.multi_items() if name != "$skiptoken"]
        return f"{self._call.origin}{self._call.path}?" + urlencode(
            [*kept, ("$skiptoken", str(position))], quote_via=quote, safe="$,'()*:/"
        )

    def _whole_number(self, option: str, default: int | None) -> int | None:
        text = self._call.query.get(option)
        if text is None:
            return default
        if not text.isdigit():
            raise FilterError(f"Invalid value '{text}' for {option}")
        return int(text)

    def _atom(self, rows: pa.Table, total: int | None, following: str | None) -> Response:
        """The default representation of OData V2 when the client did not ask for JSON."""
        texts = {name: self._store.encode(rows, self._atom_text(name)) for name in self._shown}
        entries = []
        for position in range(rows.num_rows):
            cells = (
                f"<d:{name}>{escape(texts[name][position])}</d:{name}>"
                if texts[name][position] is not None
                else f'<d:{name} m:null="true"/>'
                for name in self._shown
            )
            entries.append(
                '<entry><content type="application/xml"><m:properties>'
                f"{''.join(cells)}</m:properties></content></entry>"
            )
        count = "" if total is None else f"<m:count>{total}</m:count>"
        link = f'<link rel="next" href={quoteattr(following)}/>' if following else ""
        feed = (
            '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"'
            ' xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"'
            ' xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices">'
            f'<title type="text">{self._set.name}</title>{count}{"".join(entries)}{link}</feed>'
        )
        return Response(feed, media_type="application/atom+xml;type=feed", headers={"DataServiceVersion": "2.0"})

    def _atom_text(self, name: str) -> str:
        kind = "varchar" if name == "ID" else self._columns[name]
        if kind == "date":
            return f"strftime({identifier(name)}, '%Y-%m-%dT%H:%M:%S')"
        if kind == "timestamp":
            return f"strftime({identifier(name)}, '%Y-%m-%dT%H:%M:%SZ')"
        return f"({self._text(name)})::varchar"


def decimal_text(column: str, currency: str | None) -> str:
    """SQL for an Edm.Decimal's digits: an amount has its currency's decimals, any other number no trailing zeros."""
    if currency is None:
        return plain_decimal(column)
    cases = ""
    for places, codes in _MINOR_UNITS.items():
        is_one_of = f"{identifier(currency)} in ({', '.join(map(literal, codes))})"
        cases += f"when {is_one_of} then ({column})::decimal(28, {places})::varchar "
    return f"case {cases}else ({column})::decimal(28, 2)::varchar end"


def _generated_id(dimensions) -> str:
    return f"concat_ws('~', {', '.join(map(identifier, dimensions))})"


def _error(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """SAP Gateway's error body; `errordetails` repeats the message as the real one does."""
    detail = {"code": code, "message": message, "propertyref": "", "severity": "error", "target": ""}
    inner = {
        "application": {"component_id": "", "service_namespace": "/SAP/", "service_id": "", "service_version": "0001"},
        "transactionid": "4FDF37AB5C0E0010E00652F1A3B4C5D6",
        "timestamp": "",
        "Error_Resolution": {"SAP_Transaction": "/IWFND/ERROR_LOG", "SAP_Note": "See SAP Note 1797736"},
        "errordetails": [detail],
    }
    body = {"error": {"code": code, "message": {"lang": "en", "value": message}, "innererror": inner}}
    return json_response(body, status, {"DataServiceVersion": "1.0", **(headers or {})})
