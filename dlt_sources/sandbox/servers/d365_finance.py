"""Finance & Operations: OData V4 below /data, with server-driven pages, companies apart and Entra tokens."""

import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode

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

SYSTEM = "d365_finance"
_NAMESPACE = "Microsoft.Dynamics.DataEntities"
_SERVICES = "Microsoft.Dynamics.Platform.Integration.Services.OData"
_OPTIONS = frozenset({"$select", "$filter", "$orderby", "$top", "$skip", "$skiptoken", "$count"})


@dataclass(frozen=True)
class _Set:
    """A collection: its table, its key, and which of its fields are enumerations."""

    table: str
    key: tuple[str, ...]
    enums: frozenset[str] = frozenset()


def _set(table: str, key: str, enums: str = "") -> _Set:
    return _Set(table, tuple(key.split()), frozenset(enums.split()))


_COMPANY = "dataAreaId"
_TRANSACTION_ENUMS = "TransType Correct"
_SETS = {
    "LegalEntities": _set("legal_entities", "LegalEntityId"),
    "Ledgers": _set("ledgers", "LegalEntityId"),
    "MainAccounts": _set("main_accounts", "ChartOfAccounts MainAccountId", "MainAccountType IsSuspended"),
    "FiscalCalendarYears": _set("fiscal_calendar_years", "Calendar FiscalYear"),
    "FiscalCalendarPeriodBiEntities": _set("fiscal_periods", "SourceKey", "Type"),
    "DimensionAttributes": _set("dimension_attributes", "DimensionName"),
    "DimensionParameters": _set("dimension_parameters", "Key", "DimensionSegmentDelimiter"),
    "AccountStructures": _set("account_structures", "AccountStructureName Status", "Status"),
    "DimensionCombinations": _set("dimension_combinations", "RecordId"),
    "FinancialDimensionValues": _set(
        "dimension_values", "FinancialDimension LegalEntityId DimensionValue", "IsSuspended IsTotal"
    ),
    "ExchangeRates": _set("exchange_rates", "RateTypeName FromCurrency ToCurrency StartDate", "ConversionFactor"),
    "PartyRelationships": _set("party_relationships", "RelationshipType ParentPartyId ChildPartyId ValidFrom"),
    "CustomersV3": _set("customers", "dataAreaId CustomerAccount", "OnHoldStatus"),
    "VendorsV2": _set("vendors", "dataAreaId VendorAccountNumber", "OnHoldStatus"),
    "ReleasedProductsV2": _set("products", "dataAreaId ItemNumber", "ProductType"),
    "GeneralJournalEntryBiEntities": _set("journal_entries", "SourceKey", "JournalCategory PostingLayer"),
    "GeneralJournalAccountEntryBiEntities": _set("journal_lines", "SourceKey", "IsCredit IsCorrection PostingType"),
    "CustTransBiEntities": _set("customer_transactions", "dataAreaId SourceKey", _TRANSACTION_ENUMS),
    "VendTransBiEntities": _set("vendor_transactions", "dataAreaId SourceKey", _TRANSACTION_ENUMS),
    "CustSettlementBiEntities": _set("customer_settlements", "dataAreaId SourceKey"),
    "VendSettlementBiEntities": _set("vendor_settlements", "dataAreaId SourceKey"),
    "SalesInvoiceHeadersV2": _set("sales_invoices", "dataAreaId InvoiceNumber InvoiceDate LedgerVoucher"),
    "SalesInvoiceV3Lines": _set(
        "sales_invoice_lines", "dataAreaId InvoiceNumber InvoiceDate LedgerVoucher LineCreationSequenceNumber"
    ),
    "FinanceLedgerTotals": _set(
        "ledger_totals", "Ledger FiscalCalendarPeriod PostingLayer PostingType MainAccount", "PostingLayer PostingType"
    ),
}


class D365FinanceServer:
    """One environment: amounts are JSON numbers, enumerations their names, no date is the first day of 1900."""

    system = SYSTEM

    def __init__(self, sandbox: Sandbox):
        self._sandbox = sandbox
        self._lock = threading.Lock()
        self._tokens: dict[str, float] = {}  # access token → when it ends

    def routes(self) -> list[Route]:
        return [
            Route("/{tenant}/oauth2/v2.0/token", endpoint(self._token), methods=["POST"]),
            Route("/data/{collection}", endpoint(self._guarded(self._read)), methods=["GET"]),
        ]

    def fault_response(self, fault: Fault) -> Response:
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        if fault.label == "rate_limit":
            # Spelt as the service spells it.
            said = "Number of requests exeeded the limit of 6000 over the time window of 300 seconds."
            return json_response({"error": {"code": "429", "message": said}}, 429, headers)
        return _error(
            fault.status or 500, "An unexpected failure occurred.", "System.InvalidOperationException", headers
        )

    def _token(self, call: Call) -> Response:
        """A token for this environment: the scope names it, and no other environment takes the token."""
        form = dict(parse_qsl(call.body.decode()))
        given = basic_credentials(call.headers) or (form.get("client_id"), form.get("client_secret"))
        expected = self._sandbox.credentials[SYSTEM]
        if form.get("grant_type") != "client_credentials" or form.get("scope") != f"{call.origin}/.default":
            description = "AADSTS500011: The resource principal named in the scope was not found in the tenant."
            return json_response({"error": "invalid_resource", "error_description": description}, 400)
        if given != (expected["client_id"], expected["client_secret"]):
            description = "AADSTS7000215: Invalid client secret provided."
            return json_response({"error": "invalid_client", "error_description": description}, 401)
        token, seconds = secrets.token_urlsafe(48), self._sandbox.limits.d365_token_seconds
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
                return Response("", 401, {"WWW-Authenticate": f'Bearer authorization_uri="{call.origin}"'})
            return handler(call)

        return guarded

    def _read(self, call: Call) -> Response:
        collection = call.parameters["collection"]
        entity_set = _SETS.get(collection)
        if entity_set is None:
            said = f"No HTTP resource was found that matches the request URI '{call.origin}{call.path}'."
            return json_response({"Message": said}, 404)
        store = self._sandbox.store(SYSTEM)
        try:
            return _Reading(call, store, collection, entity_set, self._sandbox.limits.d365_page_rows).page()
        except FilterError as error:
            return _error(
                400, str(error), "Microsoft.Dynamics.Platform.Integration.Services.OData.ODataInvalidQueryException"
            )


class _Reading:
    """One reading of one collection: of all companies, or of the one the user works in."""

    def __init__(self, call: Call, store: Store, collection: str, entity_set: _Set, page_rows: int):
        self._call, self._store, self._collection, self._set = call, store, collection, entity_set
        types = store.columns(entity_set.table)
        self._columns = {name: "enum" if name in entity_set.enums else kind for name, kind in types.items()}
        if unknown := [name for name in call.query if name.startswith("$") and name not in _OPTIONS]:
            raise FilterError(f"The query parameter '{unknown[0]}' is not supported.")
        preferred = re.search(r"odata\.maxpagesize=(\d+)", call.headers.get("prefer", ""))
        self._page_rows = min(page_rows, max(int(preferred[1]), 1)) if preferred else page_rows

    def page(self) -> Response:
        query = self._call.query
        condition = (
            parse_filter(query["$filter"], self._columns, version=4) if query.get("$filter") else Condition("true")
        )
        order = ", ".join(map(identifier, self._set.key))
        if query.get("$orderby"):
            order = f"{parse_orderby(query['$orderby'], self._columns)}, {order}"
        where = f"{self._companies()} and {condition.sql}"
        rows = self._store.select(
            f"select * from {identifier(self._set.table)} where {where} order by {order}", condition.parameters
        )
        skip, top = self._whole("$skip", 0), self._whole("$top", rows.num_rows)
        start = self._whole("$skiptoken", skip)
        last = min(rows.num_rows, skip + top)
        stop = min(start + self._page_rows, last)
        has_more = stop < last or self._call.meets("endless_next")
        shown = self._store.encode_page(rows, self._json(), start, stop) if stop > start else []
        root = self._call.path.rpartition("/")[0]
        body = [f'{{"@odata.context":"{self._call.origin}{root}/$metadata#{self._collection}"']
        if query.get("$count") == "true":
            body.append(f',"@odata.count":{rows.num_rows}')
        body.append(f',"value":[{",".join(shown)}]')
        if has_more:
            following = self._next_link(start if self._call.meets("endless_next") else stop)
            body.append(f',"@odata.nextLink":"{following}"')
        return json_text("".join(body) + "}")

    def _companies(self) -> str:
        """SQL for the companies shown: without `cross-company`, records of a company come from the user's own only."""
        if _COMPANY not in self._columns or self._call.query.get("cross-company", "").lower() == "true":
            return "true"
        (own,) = self._store.select('select min("LegalEntityId") as own from ledgers')["own"].to_pylist()
        return f'"{_COMPANY}" = {literal((own or "").lower())}'

    def _json(self) -> str:
        """SQL for one entity with what is selected of it."""
        names = _selected(self._call.query.get("$select"), self._columns, self._set.table)
        return json_object([("@odata.etag", literal('"W/\\"JzAsNTY=\\""')), *_members(names, self._columns)])

    def _next_link(self, position: int) -> str:
        kept = [(name, value) for name, value in self._call.query.multi_items() if name != "$skiptoken"]
        following = [*kept, ("$skiptoken", str(position))]
        return f"{self._call.origin}{self._call.path}?" + urlencode(following, quote_via=quote, safe="$,'()*:/")

    def _whole(self, option: str, default: int) -> int:
        value = self._call.query.get(option)
        if value is not None and not value.isdigit():
            raise FilterError(f"Invalid value '{value}' for {option}.")
        return default if value is None else int(value)


def _selected(asked: str | None, columns: dict[str, str], table: str) -> list[str]:
    names = [name.strip() for name in (asked or "").split(",") if name.strip()]
    if unknown := [name for name in names if name not in columns]:
        raise FilterError(f"Could not find a property named '{unknown[0]}' on type '{_NAMESPACE}.{table}'.")
    return names or list(columns)


def _members(names: list[str], columns: dict[str, str]) -> list[tuple[str, str]]:
    """SQL for the JSON text of properties; what is missing is an empty text or the first day of 1900."""
    members = []
    for name in names:
        column = f"page.{identifier(name)}"
        match columns[name]:
            case "timestamp":
                text = f"""'"' || coalesce(strftime({column}, '%Y-%m-%dT%H:%M:%SZ'), '1900-01-01T00:00:00Z') || '"'"""
            case "decimal":
                text = json_bare(plain_decimal(column))
            case "varchar" | "enum":
                text = json_string(f"coalesce({column}, '')")
            case _:
                text = json_bare(column)
        members.append((name, text))
    return members


def _error(status: int, said: str, kind: str, headers: dict[str, str] | None = None) -> Response:
    inner = {"message": said, "type": kind, "stacktrace": ""}
    error = {"code": "", "message": "An error has occurred.", "innererror": inner}
    return json_response({"error": error}, status, headers)
