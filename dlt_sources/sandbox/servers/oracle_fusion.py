"""Oracle Fusion's REST resources: limit and offset, hasMore, q, selected fields, children expanded and linked."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response
from starlette.routing import Route

from dlt_sources.sandbox.faults import Fault
from dlt_sources.sandbox.servers.context import Limits, Sandbox
from dlt_sources.sandbox.servers.store import (
    Store,
    identifier,
    json_bare,
    json_object,
    json_string,
    literal,
    plain_decimal,
)
from dlt_sources.sandbox.servers.web import Call, basic_credentials, endpoint, json_response, json_text

SYSTEM = "oracle_fusion"
_DEFAULT_LIMIT = 25
_PARAMETERS = frozenset(
    {"q", "fields", "expand", "limit", "offset", "orderBy", "onlyData", "links", "totalResults", "finder", "dependency"}
)
_CONDITION = re.compile(r"(\w+)\s*(>=|<=|!=|=|>|<)\s*('(?:[^']|'')*'|-?\d+(?:\.\d+)?)")
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)


@dataclass(frozen=True)
class _Collection:
    """A resource: its table and key, and its children by name, each with its table."""

    table: str
    key: str
    children: tuple[tuple[str, str], ...] = ()


_RESOURCES = {
    "crmRestApi": {"hubOrganizations": _Collection("parties", "PartyId")},
    "fscmRestApi": {
        "suppliers": _Collection("suppliers", "SupplierId"),
        "itemsV2": _Collection("items", "ItemId"),
        "invoices": _Collection("payables_invoices", "InvoiceId", (("invoiceInstallments", "payables_installments"),)),
        "payablesPayments": _Collection("payables_payments", "CheckId"),
        "receivablesInvoices": _Collection(
            "receivables_invoices",
            "CustomerTransactionId",
            (("receivablesInvoiceLines", "receivables_invoice_lines"),),
        ),
        "receivablesCreditMemos": _Collection(
            "receivables_credit_memos",
            "CustomerTransactionId",
            (("receivablesCreditMemoLines", "receivables_credit_memo_lines"),),
        ),
    },
}


class _BadRequest(Exception):
    """A request that cannot be understood, in the vendor's words."""


class OracleFusionServer:
    """One pod: amounts are JSON numbers, dates are plain, moments have an offset, an error names its attribute."""

    system = SYSTEM

    def __init__(self, sandbox: Sandbox):
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        paths = ("/{root}/resources/{version}/{resource}", "/{root}/resources/{version}/{resource}/{key}/child/{child}")
        return [Route(path, endpoint(self._guarded(self._read)), methods=["GET"]) for path in paths]

    def fault_response(self, fault: Fault) -> Response:
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        if fault.label == "rate_limit":
            return Response("Too Many Requests", 429, headers, media_type="text/plain")
        return Response("Service Unavailable", fault.status or 500, headers, media_type="text/plain")

    def _guarded(self, handler: Callable[[Call], Response]) -> Callable[[Call], Response]:
        """A user with a password."""

        def guarded(call: Call) -> Response:
            expected = self._sandbox.credentials[SYSTEM]
            if basic_credentials(call.headers) != (expected["user"], expected["password"]):
                return Response("<html><body>401 Unauthorized</body></html>", 401, media_type="text/html")
            return handler(call)

        return guarded

    def _read(self, call: Call) -> Response:
        resource = _RESOURCES.get(call.parameters["root"], {}).get(call.parameters["resource"])
        store = self._sandbox.store(SYSTEM)
        version = int(call.headers.get("rest-framework-version", "1"))
        try:
            if resource is None:
                return _error(404, f"The resource {call.parameters['resource']} does not exist.")
            if "child" not in call.parameters:
                return _Reading(call, store, resource, version, self._sandbox.limits).page()
            tables = dict(resource.children)
            if call.parameters["child"] not in tables:
                return _error(404, f"There is no child {call.parameters['child']}.")
            child = _Collection(tables[call.parameters["child"]], resource.key)
            condition = f"{identifier(resource.key)}::varchar = {literal(call.parameters['key'])}"
            return _Reading(call, store, child, version, self._sandbox.limits, condition).page()
        except _BadRequest as error:
            return _error(400, str(error))


class _Reading:
    """One page of one collection."""

    def __init__(
        self, call: Call, store: Store, resource: _Collection, version: int, limits: Limits, condition: str = "true"
    ):
        self._call, self._store, self._resource = call, store, resource
        self._version, self._limits, self._condition = version, limits, condition
        self._columns = store.columns(resource.table)
        if unknown := [name for name in call.query if name not in _PARAMETERS]:
            raise _BadRequest(f"URL request parameter {unknown[0]} is not recognized in this context.")
        self._only_data = call.query.get("onlyData") == "true"

    def page(self) -> Response:
        limit = min(self._whole("limit", _DEFAULT_LIMIT), self._limits.fusion_page_rows)
        # A server that goes round in circles answers with what was there before.
        start = 0 if self._call.meets("endless_next") else self._whole("offset", 0)
        rows = self._store.select(
            f"select * from {identifier(self._resource.table)} where {self._condition} and {self._filter()} "
            f"order by {self._order()}"
        )
        stop = min(start + limit, rows.num_rows)
        shown = self._store.encode_page(rows, self._json(), start, stop) if stop > start else []
        has_more = stop < rows.num_rows or self._call.meets("endless_next")
        total = f'"totalResults":{rows.num_rows},' if self._call.query.get("totalResults") == "true" else ""
        href = f"{self._call.origin}{self._call.path}"
        return json_text(
            f'{{"items":[{",".join(shown)}],{total}"count":{len(shown)},"hasMore":{str(has_more).lower()},'
            f'"limit":{limit},"offset":{start},"links":[{{"rel":"self","href":"{href}","kind":"collection"}}]}}'
        )

    def _filter(self) -> str:
        text = self._call.query.get("q", "").strip()
        if not text:
            return "true"
        if self._version < 2 and _AND.search(text):
            raise _BadRequest(f"URL request parameter q cannot be used because it is not valid: {text}")
        conditions = []
        for part in _AND.split(text):
            match = _CONDITION.fullmatch(part.strip())
            if not match or match[1] not in self._columns:
                raise _BadRequest(f"URL request parameter q cannot be used because it is not valid: {part}")
            column, value = identifier(match[1]), match[3]
            if self._columns[match[1]] == "timestamp":
                value = f"cast({value} as timestamptz) at time zone 'UTC'"
            conditions.append(f"{column} {match[2]} {value}")
        return " and ".join(conditions)

    def _order(self) -> str:
        terms = []
        for term in filter(None, self._call.query.get("orderBy", "").split(",")):
            name, _, direction = term.partition(":")
            if name not in self._columns or direction not in ("", "asc", "desc"):
                raise _BadRequest(f"URL request parameter orderBy cannot be used because it is not valid: {term}")
            terms.append(f"{identifier(name)} {direction}")
        return ", ".join([*terms, "all"]) if not terms else ", ".join(terms)

    def _json(self) -> str:
        """SQL for one item: the fields selected, its children, and the links to them."""
        own, of_children = self._selected()
        members = _members(own, self._columns, "page")
        tables = dict(self._resource.children)
        for name, selected in of_children.items():
            members.append((name, self._child(tables[name], selected)))
        if not self._only_data:
            members.append(("links", self._links(list(tables))))
        return json_object(members)

    def _selected(self) -> tuple[list[str], dict[str, list[str]]]:
        """Own fields, and those of each child: `A,B;child:C,D`; `fields` wins over `expand`."""
        tables = dict(self._resource.children)
        fields = self._call.query.get("fields", "")
        if not fields:
            expanded = [name for name in self._call.query.get("expand", "").split(",") if name in (*tables, "all")]
            names = list(tables) if "all" in expanded else expanded
            return list(self._columns), {name: list(self._store.columns(tables[name])) for name in names}
        own, *others = fields.split(";")
        children = {}
        for other in others:
            name, _, selected = other.partition(":")
            if name not in tables:
                raise _BadRequest(f"URL request parameter fields cannot be used: there is no child {name}.")
            children[name] = _known(selected.split(","), self._store.columns(tables[name]))
        return _known(own.split(","), self._columns), children

    def _child(self, table: str, selected: list[str]) -> str:
        """SQL for the rows of a child: a list, or from version 3 on a collection that says whether there are more."""
        columns, most = self._store.columns(table), self._limits.fusion_child_rows
        key, entity = identifier(self._resource.key), json_object(_members(selected, columns, "below"))
        of_parent = f"from {identifier(table)} as below where below.{key} = page.{key}"
        order = identifier(list(columns)[1])
        if self._version < 3:
            return f"(select '[' || coalesce(string_agg({entity}, ',' order by below.{order}), '') || ']' {of_parent})"
        few = f"select * {of_parent} order by below.{order} limit {most}"
        return f"""(select '{{"items":[' || coalesce(string_agg({entity}, ',' order by below.{order}), '')
            || '],"count":' || count(*) || ',"hasMore":'
            || ((select count(*) {of_parent}) > {most})::varchar || ',"limit":{most},"offset":0}}'
            from ({few}) as below)"""

    def _links(self, children: list[str]) -> str:
        """SQL for the links of an item: to itself, and to its children."""
        asked = self._call.query.get("links", "self,child").split(",")
        base = literal(f"{self._call.origin}{self._call.path}/")
        key = f"page.{identifier(self._resource.key)}"
        links = []
        if "self" in asked:
            links.append(f"""'{{"rel":"self","href":"' || {base} || {key} || '","kind":"item"}}'""")
        if "child" in asked:
            links += [
                f"""'{{"rel":"child","href":"' || {base} || {key} || '/child/{name}","name":"{name}"}}'"""
                for name in children
            ]
        return "'[' || " + " || ',' || ".join(links) + " || ']'" if links else "'[]'"

    def _whole(self, name: str, default: int) -> int:
        value = self._call.query.get(name)
        if value is not None and not value.isdigit():
            raise _BadRequest(f"URL request parameter {name} cannot be used because it is not valid: {value}")
        return default if value is None else int(value)


def _known(names: list[str], columns: dict[str, str]) -> list[str]:
    if unknown := [name for name in names if name not in columns]:
        raise _BadRequest(f"URL request parameter fields cannot be used: there is no attribute {unknown[0]}.")
    return names


def _members(names: list[str], columns: dict[str, str], alias: str) -> list[tuple[str, str]]:
    """SQL for the JSON text of attributes; what is missing is null."""
    members = []
    for name in names:
        column = f"{alias}.{identifier(name)}"
        match columns[name]:
            case "date":
                text = json_string(f"strftime({column}, '%Y-%m-%d')")
            case "timestamp":
                text = json_string(f"strftime({column}, '%Y-%m-%dT%H:%M:%S.%g+00:00')")
            case "decimal":
                text = json_bare(plain_decimal(column))
            case "varchar":
                text = json_string(column)
            case _:
                text = json_bare(column)
        members.append((name, text))
    return members


def _error(status: int, detail: str) -> Response:
    title = {400: "Bad Request", 404: "Not Found"}[status]
    details = [{"detail": detail, "o:errorCode": "27520"}]
    return json_response({"title": title, "status": str(status), "o:errorDetails": details}, status)
