"""All systems in one web application, behind the faults and the request log, with `/_sandbox/` to steer them."""

import asyncio
import json
from datetime import date

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from dlt_sources.sandbox.faults import Fault, UnknownFault
from dlt_sources.sandbox.servers.anaplan import AnaplanServer
from dlt_sources.sandbox.servers.business_central import BusinessCentralServer
from dlt_sources.sandbox.servers.chargebee import ChargebeeServer
from dlt_sources.sandbox.servers.context import Sandbox
from dlt_sources.sandbox.servers.coupa import CoupaServer
from dlt_sources.sandbox.servers.d365_finance import D365FinanceServer
from dlt_sources.sandbox.servers.ecb import EcbServer
from dlt_sources.sandbox.servers.netsuite import NetSuiteServer
from dlt_sources.sandbox.servers.network import Connections, FaultyNetwork, RequestLog, SystemServer
from dlt_sources.sandbox.servers.oracle_fusion import OracleFusionServer
from dlt_sources.sandbox.servers.salesforce import SalesforceServer
from dlt_sources.sandbox.servers.sap_s4hana import SapServer
from dlt_sources.sandbox.servers.stripe import StripeServer
from dlt_sources.sandbox.servers.web import json_response
from dlt_sources.sandbox.servers.zuora import ZuoraServer

_MOUNTS = {
    "/sap": SapServer,
    "/netsuite": NetSuiteServer,
    "/business_central": BusinessCentralServer,
    "/d365": D365FinanceServer,
    "/oracle_fusion": OracleFusionServer,
    "/salesforce": SalesforceServer,
    "/stripe": StripeServer,
    "/chargebee": ChargebeeServer,
    "/zuora": ZuoraServer,
    "/coupa": CoupaServer,
    "/anaplan": AnaplanServer,
    "/ecb": EcbServer,
}
# Salesforce names its pages by absolute path (`nextRecordsUrl`), so that it answers at the root as well.
_ROOT_PATH, _ROOT_MOUNT = "/services", "/salesforce"


def build_app(sandbox: Sandbox, connections: Connections) -> ASGIApp:
    """The sandbox as one ASGI application; `connections` can end that of a request without an answer."""
    servers: dict[str, SystemServer] = {mount: server_class(sandbox) for mount, server_class in _MOUNTS.items()}
    log = RequestLog()
    routes: list[Mount | Route] = [Mount(mount, routes=server.routes()) for mount, server in servers.items()]
    routes += _steering(sandbox, log)
    routes.append(Mount("", routes=servers[_ROOT_MOUNT].routes()))

    def server_at(path: str) -> SystemServer | None:
        mount = "/" + path.lstrip("/").partition("/")[0]
        return servers.get(_ROOT_MOUNT if mount == _ROOT_PATH else mount)

    return FaultyNetwork(Starlette(routes=routes), sandbox, log, server_at, connections)


def _steering(sandbox: Sandbox, log: RequestLog) -> list[Route]:
    """`/_sandbox/`: the clock, the faults and the request log."""

    async def clock(request: Request) -> Response:
        if request.method == "POST":
            try:
                as_of = date.fromisoformat(json.loads(await request.body())["as_of"])
                await asyncio.to_thread(sandbox.set_clock, as_of)
            except (ValueError, KeyError, TypeError) as error:
                return json_response({"error": f"as_of must be a date the company exists on: {error}"}, 400)
        return json_response({"as_of": sandbox.as_of.isoformat()})

    async def faults(request: Request) -> Response:
        if request.method == "DELETE":
            sandbox.faults.clear()
        if request.method == "POST":
            try:
                given = json.loads(await request.body())
                for fault in [Fault.from_fields(each) for each in (given if isinstance(given, list) else [given])]:
                    sandbox.faults.add(fault)
            except (UnknownFault, ValueError, TypeError) as error:
                return json_response({"error": str(error)}, 400)
        return json_response({"faults": sandbox.faults.listing()})

    async def requests(request: Request) -> Response:
        if request.method == "DELETE":
            log.clear()
        return json_response(log.listing())

    return [
        Route("/_sandbox/clock", clock, methods=["GET", "POST"]),
        Route("/_sandbox/faults", faults, methods=["GET", "POST", "DELETE"]),
        Route("/_sandbox/log", requests, methods=["GET", "DELETE"]),
    ]
