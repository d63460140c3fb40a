"""Business Central: OData V4 below companies, with server-driven pages, expanded rows and Entra tokens."""

import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlencode
from uuid import uuid4

from starlette.responses import Response
from starlette.routing import Route

from dlt_sources.sandbox.faults import Fault
from dlt_sources.sandbox.servers.context import Sandbox
from dlt_sources.sandbox.servers.odata_filter import Condition, FilterError, parse_filter, parse_orderby
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

SYSTEM = "business_central"
_SCOPE = "https://api.businesscentral.dynamics.com/.default"
_STANDARD, _LEDGER_API = "v2.0", "finance/ledger/v1.0"
_OPTIONS = frozenset({"$select", "$filter", "$orderby", "$expand", "$top", "$skip", "$skiptoken", "$count"})


@dataclass(frozen=True)
class _Set:
    """An entity set: its table, and per navigation property the table of the rows below and what names their parent."""

    table: str
    key: str = "id"
    below: tuple[tuple[str, str, str], ...] = ()


_SETS = {
    _STANDARD: {
        "companyInformation": _Set("company_information"),
        "generalLedgerSetup": _Set("general_ledger_setup"),
        "accountingPeriods": _Set("accounting_periods"),
        "accounts": _Set("accounts"),
        "customers": _Set("customers"),
        "vendors": _Set("vendors"),
        "items": _Set("items"),
        "currencyExchangeRates": _Set("currency_exchange_rates"),
        "generalLedgerEntries": _Set(
            "general_ledger_entries", below=(("dimensionSetLines", "general_ledger_entry_dimensions", "parentId"),)
        ),
        "salesInvoices": _Set("sales_invoices", below=(("salesInvoiceLines", "sales_invoice_lines", "documentId"),)),
        "salesCreditMemos": _Set(
            "sales_credit_memos", below=(("salesCreditMemoLines", "sales_credit_memo_lines", "documentId"),)
        ),
    },
    _LEDGER_API: {
        "dimensionValues": _Set("dimension_values"),
        "customerPostingGroups": _Set("customer_posting_groups"),
        "vendorPostingGroups": _Set("vendor_posting_groups"),
        "customerLedgerEntries": _Set("customer_ledger_entries"),
        "vendorLedgerEntries": _Set("vendor_ledger_entries"),
        "ledgerDebitTotals": _Set("ledger_debit_totals", key="postingDate"),
        "ledgerCreditTotals": _Set("ledger_credit_totals", key="postingDate"),
    },
}


class BusinessCentralServer:
    """One environment: amounts are JSON numbers, a missing date is 0001-01-01, moments are UTC with short fractions."""

    system = SYSTEM

    def __init__(self, sandbox: Sandbox):
        self._sandbox = sandbox
        self._lock = threading.Lock()
        self._tokens: dict[str, float] = {}  # access token → when it ends

    def routes(self) -> list[Route]:
        return [
            Route("/{tenant}/oauth2/v2.0/token", endpoint(self._token), methods=["POST"]),
            Route("/v2.0/{tenant}/{environment}/api/{rest:path}", endpoint(self._guarded(self._read)), methods=["GET"]),
        ]

    def fault_response(self, fault: Fault) -> Response:
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        if fault.label == "rate_limit":
            return _error(429, "Application_TooManyRequests", "Too many requests", headers)
        return _error(fault.status or 500, "Internal_ServerError", "An internal server error has occurred", headers)

    def _token(self, call: Call) -> Response:
        """A token for the application's secret, sent as Basic or in the form."""
        form = dict(parse_qsl(call.body.decode()))
        given = basic_credentials(call.headers) or (form.get("client_id"), form.get("client_secret"))
        expected = self._sandbox.credentials[SYSTEM]
        if form.get("grant_type") != "client_credentials" or form.get("scope") != _SCOPE:
            description = "AADSTS900144: The request body must contain grant_type and scope."
            return json_response({"error": "invalid_request", "error_description": description}, 400)
        if given != (expected["client_id"], expected["client_secret"]):
            description = "AADSTS7000215: Invalid client secret provided."
            return json_response({"error": "invalid_client", "error_description": description}, 401)
        token, seconds = secrets.token_urlsafe(48), self._sandbox.limits.business_central_token_seconds
        with self._lock:
            self._tokens[token] = self._sandbox.time() + seconds
        ends = {"expires_in": int(seconds), "ext_expires_in": int(seconds)}
        return json_response({"token_type": "Bearer", **ends, "access_token": token})

    def _guarded(self, handler: Callable[[Call], Response]) -> Callable[[Call], Response]:
        """A live token."""

        def guarded(call: Call) -> Response:
            scheme, _, token = call.headers.get("authorization", "").partition(" ")
            with self._lock:
                if call.meets("expired_token"):
                    self._tokens.clear()
                is_known = scheme == "Bearer" and self._tokens.get(token, 0) > self._sandbox.time()
            if not is_known:
                return _error(401, "Authentication_InvalidCredentials", "The server has rejected the credentials.")
            return handler(call)

        return guarded

    def _read(self, call: Call) -> Response:
        rest = unquote(call.parameters["rest"])
        store = self._sandbox.store(SYSTEM)
        if rest == f"{_STANDARD}/companies":
            return self._answer(call, store, _Set("companies"), None)
        match = re.fullmatch(r"(?P<api>.+)/companies\((?P<company>[0-9a-f-]{36})\)/(?P<set>\w+)", rest)
        entity_set = _SETS.get(match["api"], {}).get(match["set"]) if match else None
        if entity_set is None:
            segment = rest.rpartition("/")[2]
            return _error(404, "BadRequest_ResourceNotFound", f"Resource not found for the segment '{segment}'.")
        companies = store.select('select "id" from companies')["id"].to_pylist()
        if match["company"] not in companies:
            return _error(404, "Internal_CompanyNotFound", f"Cannot find the company '{match['company']}'.")
        return self._answer(call, store, entity_set, match["company"])

    def _answer(self, call: Call, store: Store, entity_set: _Set, company: str | None) -> Response:
        try:
            return _Reading(call, store, entity_set, company, self._sandbox.limits.business_central_page_rows).page()
        except FilterError as error:
            return _error(400, "BadRequest", str(error))


class _Reading:
    """One reading of one set of one company."""

    def __init__(self, call: Call, store: Store, entity_set: _Set, company: str | None, page_rows: int):
        self._call, self._store, self._set, self._company = call, store, entity_set, company
        self._columns = {name: kind for name, kind in store.columns(entity_set.table).items() if name != "companyId"}
        if unknown := [name for name in call.query if name.startswith("$") and name not in _OPTIONS]:
            raise FilterError(f"The query parameter '{unknown[0]}' is not supported")
        preferred = re.search(r"odata\.maxpagesize=(\d+)", call.headers.get("prefer", ""))
        self._page_rows = min(page_rows, max(int(preferred[1]), 1)) if preferred else page_rows

    def page(self) -> Response:
        query = self._call.query
        condition = (
            parse_filter(query["$filter"], self._columns, version=4) if query.get("$filter") else Condition("true")
        )
        order = identifier(self._set.key)
        if query.get("$orderby"):
            order = f"{parse_orderby(query['$orderby'], self._columns)}, {order}"
        of_company = "" if self._company is None else f'"companyId" = {literal(self._company)} and '
        rows = self._store.select(
            f"select * from {identifier(self._set.table)} where {of_company}{condition.sql} order by {order}",
            condition.parameters,
        )
        skip, top = self._whole("$skip", 0), self._whole("$top", rows.num_rows)
        start = self._whole("$skiptoken", skip)
        last = min(rows.num_rows, skip + top)
        stop = min(start + self._page_rows, last)
        has_more = stop < last or self._call.meets("endless_next")
        shown = self._store.encode_page(rows, self._json(), start, stop) if stop > start else []
        root = self._call.path.partition("/companies")[0]
        body = [f'{{"@odata.context":"{self._call.origin}{root}/$metadata#{self._set.table}"']
        if query.get("$count") == "true":
            body.append(f',"@odata.count":{rows.num_rows}')
        body.append(f',"value":[{",".join(shown)}]')
        if has_more:
            following = self._next_link(start if self._call.meets("endless_next") else stop)
            body.append(f',"@odata.nextLink":"{following}"')
        return json_text("".join(body) + "}")

    def _json(self) -> str:
        """SQL for one entity: what is selected, and the rows below it that are expanded."""
        names = _selected(self._call.query.get("$select"), self._columns)
        members = [("@odata.etag", literal('"W/\\"JzE5Ow==\\""')), *_members(names, self._columns, "page")]
        below = {name: (table, parent) for name, table, parent in self._set.below}
        for name, inner in _expansions(self._call.query.get("$expand", "")):
            if name not in below:
                raise FilterError(f"Could not find a property named '{name}'")
            table, parent = below[name]
            columns = {column: kind for column, kind in self._store.columns(table).items() if column != "companyId"}
            entity = json_object(_members(_selected(inner, columns), columns, "below"))
            members.append(
                (
                    name,
                    f"""(select '[' || coalesce(string_agg({entity}, ',' order by below."id"), '') || ']'
                    from {identifier(table)} as below
                    where below."companyId" = page."companyId" and below.{identifier(parent)} = page."id")""",
                )
            )
        return json_object(members)

    def _next_link(self, position: int) -> str:
        kept = [(name, value) for name, value in self._call.query.multi_items() if name not in ("$skiptoken", "aid")]
        following = [*kept, ("aid", "FIN"), ("$skiptoken", str(position))]
        return f"{self._call.origin}{self._call.path}?" + urlencode(following, quote_via=quote, safe="$,'()*:/")

    def _whole(self, option: str, default: int) -> int:
        value = self._call.query.get(option)
        if value is not None and not value.isdigit():
            raise FilterError(f"Invalid value '{value}' for {option}")
        return default if value is None else int(value)


def _selected(asked: str | None, columns: dict[str, str]) -> list[str]:
    names = [name.strip() for name in (asked or "").split(",") if name.strip()]
    if unknown := [name for name in names if name not in columns]:
        raise FilterError(f"Could not find a property named '{unknown[0]}'")
    return names or list(columns)


def _expansions(asked: str) -> list[tuple[str, str | None]]:
    """Navigation properties and what is selected of them: `lines($select=id,quantity),customer`."""
    if not re.fullmatch(r"(\w+(\(\$select=[\w,]+\))?(,(?=\w)|$))*", asked):
        raise FilterError(f"The expansion '{asked}' is not supported")
    found = re.findall(r"(\w+)(?:\(\$select=([\w,]+)\))?(?:,|$)", asked)
    return [(name, inner or None) for name, inner in found]


def _members(names: list[str], columns: dict[str, str], alias: str) -> list[tuple[str, str]]:
    """SQL for the JSON text of properties; what is missing is an empty text or the first day of all."""
    members = []
    for name in names:
        column = f"{alias}.{identifier(name)}"
        match columns[name]:
            case "date":
                text = f"'\"' || coalesce(strftime({column}, '%Y-%m-%d'), '0001-01-01') || '\"'"
            case "timestamp":
                text = f"""'"' || rtrim(rtrim(strftime({column}, '%Y-%m-%dT%H:%M:%S.%g'), '0'), '.') || 'Z"'"""
            case "decimal":
                text = json_bare(plain_decimal(column))
            case "varchar":
                text = json_string(f"coalesce({column}, '')")
            case _:
                text = json_bare(column)
        members.append((name, text))
    return members


def _error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    text = f"{message}  CorrelationId:  {uuid4()}."
    return json_response({"error": {"code": code, "message": text}}, status, headers)
