"""The European Central Bank's rate files with the habits of the originals: quotes, blanks, trailing commas."""

import io
import zipfile
from datetime import date, timedelta

from starlette.responses import Response
from starlette.routing import Route

from dlt_sources.sandbox.faults import Fault
from dlt_sources.sandbox.servers.context import Sandbox
from dlt_sources.sandbox.servers.web import Call, endpoint

SYSTEM = "ecb"
# The header of the published history; ended currencies keep their place.
_HISTORY_HEADER = (
    "Date,USD,JPY,BGN,CYP,CZK,DKK,EEK,GBP,HUF,LTL,LVL,MTL,PLN,ROL,RON,SEK,SIT,SKK,CHF,ISK,NOK,HRK,RUB,TRL,TRY,AUD,BRL,"
    "CAD,CNY,HKD,IDR,ILS,INR,KRW,MXN,MYR,NZD,PHP,SGD,THB,ZAR,"
)
_ORDER = _HISTORY_HEADER.strip(",").split(",")[1:]
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" '
    'xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">\n'
    "\t<gesmes:subject>Reference rates</gesmes:subject>\n"
    "\t<gesmes:Sender>\n\t\t<gesmes:name>European Central Bank</gesmes:name>\n\t</gesmes:Sender>\n"
    "\t<Cube>\n{cubes}\t</Cube>\n</gesmes:Envelope>"
)
_NOT_QUOTED = "N/A"

# Newest first: the day and its rates, as text, by currency.
Quotes = list[tuple[date, dict[str, str]]]


class EcbServer:
    """The files under `/stats/eurofxref/`; a rate is units of foreign currency per euro, in the text as published."""

    system = SYSTEM

    def __init__(self, sandbox: Sandbox):
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        # The folder is part of the real address; a base address may already contain it.
        return [Route(f"{folder}/{{file}}", endpoint(self._file)) for folder in ("", "/stats/eurofxref")]

    def fault_response(self, fault: Fault) -> Response:
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        status = 429 if fault.label == "rate_limit" else fault.status or 500
        return Response(
            "<html><body>The page is temporarily unavailable</body></html>", status, headers, media_type="text/html"
        )

    def _file(self, call: Call) -> Response:
        name = call.parameters["file"]
        writers = {
            "eurofxref-daily.xml": lambda quotes: _xml(quotes[:1]),
            "eurofxref-hist-90d.xml": lambda quotes: _xml(self._last_90_days(quotes)),
            "eurofxref-hist.xml": _xml,
            "eurofxref-hist.csv": lambda quotes: _history_csv(quotes).encode(),
            "eurofxref.zip": lambda quotes: _zipped("eurofxref.csv", _daily_csv(quotes)),
            "eurofxref-hist.zip": lambda quotes: _zipped("eurofxref-hist.csv", _history_csv(quotes)),
        }
        if name not in writers:
            return Response("<html><body>404 Not Found</body></html>", 404, media_type="text/html")
        kind = {"xml": "text/xml", "csv": "text/csv", "zip": "application/zip"}[name.rpartition(".")[2]]
        return Response(writers[name](self._quotes()), media_type=kind)

    def _quotes(self) -> Quotes:
        rows = self._sandbox.store(SYSTEM).select(
            'select cast("Date" as date) as quoted_on, currency, cast(rate as varchar) as rate '
            "from rates order by quoted_on desc"
        )
        by_day: dict[date, dict[str, str]] = {}
        for quoted_on, currency, rate in zip(*(column.to_pylist() for column in rows.columns), strict=True):
            by_day.setdefault(quoted_on, {})[currency] = rate
        return list(by_day.items())

    def _last_90_days(self, quotes: Quotes) -> Quotes:
        return [(day, rates) for day, rates in quotes if day > self._sandbox.as_of - timedelta(days=90)]


def _xml(quotes: Quotes) -> bytes:
    cubes = []
    for day, rates in quotes:
        cubes.append(f"\t\t<Cube time='{day}'>\n")
        cubes += [
            f"\t\t\t<Cube currency='{currency}' rate='{rates[currency]}'/>\n"
            for currency in _currencies(quotes)
            if rates.get(currency, _NOT_QUOTED) != _NOT_QUOTED
        ]
        cubes.append("\t\t</Cube>\n")
    return _ENVELOPE.format(cubes="".join(cubes)).encode()


def _history_csv(quotes: Quotes) -> str:
    currencies = _currencies(quotes)
    lines = [f"Date,{','.join(currencies)},"]
    lines += [
        f"{day},{','.join(rates.get(currency) or _NOT_QUOTED for currency in currencies)}," for day, rates in quotes
    ]
    return "\n".join(lines) + "\n"


def _daily_csv(quotes: Quotes) -> str:
    if not quotes:
        return "Date, \n"
    day, rates = quotes[0]
    quoted = [currency for currency in _currencies(quotes) if rates.get(currency, _NOT_QUOTED) != _NOT_QUOTED]
    header = ", ".join(["Date", *quoted, ""])
    record = ", ".join([f"{day:%d %B %Y}", *(rates[currency] for currency in quoted), ""])
    return f"{header}\n{record}\n"


def _currencies(quotes: Quotes) -> list[str]:
    """The currencies that ever had a quote, in the published order."""
    seen = {currency for _, rates in quotes for currency in rates}
    return [currency for currency in _ORDER if currency in seen] + sorted(seen.difference(_ORDER))


def _zipped(member: str, text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(member), text)
    return buffer.getvalue()
