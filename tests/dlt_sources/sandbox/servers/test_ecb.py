"""The rate files of the European Central Bank, with the shapes that trip careless readers."""

import csv
import io
import zipfile
from datetime import date, timedelta
from xml.etree import ElementTree

import requests

from dlt_sources.sandbox.serve import RunningSandbox
from tests.dlt_sources.sandbox.servers.tiny_company import AS_OF, TinyCompany

CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"


def file(sandbox: RunningSandbox, name: str) -> requests.Response:
    return requests.get(f"{sandbox.url}/ecb/{name}", timeout=10)


def member(response: requests.Response, name: str) -> str:
    return zipfile.ZipFile(io.BytesIO(response.content)).read(name).decode()


def test_the_history_has_every_rate_as_text_newest_first(sandbox: RunningSandbox, company: TinyCompany) -> None:
    text = file(sandbox, "eurofxref-hist.csv").text
    rows = list(csv.DictReader(io.StringIO(text)))
    found = {(row["Date"], currency): row[currency] for row in rows for currency in ("USD", "JPY", "BGN", "GBP")}
    expected = {(str(row["Date"]), row["currency"]): row["rate"] for row in company.vendor("ecb")["rates"].to_pylist()}
    assert found == expected
    assert [row["Date"] for row in rows] == sorted((row["Date"] for row in rows), reverse=True)


def test_the_history_ends_each_line_with_a_comma_and_marks_what_is_missing(sandbox: RunningSandbox) -> None:
    header, first, *_ = member(file(sandbox, "eurofxref-hist.zip"), "eurofxref-hist.csv").splitlines()
    assert header == "Date,USD,JPY,BGN,GBP,"
    assert first == "2026-09-30,1.1000,186.70,N/A,0.87058,"


def test_the_daily_csv_has_blanks_after_commas_and_a_spelled_date(sandbox: RunningSandbox) -> None:
    text = member(file(sandbox, "eurofxref.zip"), "eurofxref.csv")
    assert text == "Date, USD, JPY, GBP, \n30 September 2026, 1.1000, 186.70, 0.87058, \n"


def test_the_xml_quotes_attributes_singly_and_nests_days(sandbox: RunningSandbox) -> None:
    daily = file(sandbox, "eurofxref-daily.xml")
    assert daily.headers["content-type"].startswith("text/xml")
    assert "<Cube time='2026-09-30'>" in daily.text
    rates = [node.attrib for node in ElementTree.fromstring(daily.text).iter(CUBE) if "currency" in node.attrib]
    assert rates[0] == {"currency": "USD", "rate": "1.1000"}
    assert "BGN" not in {rate["currency"] for rate in rates}, "what was not quoted that day is left out"


def test_ninety_days_are_a_part_of_the_history(sandbox: RunningSandbox) -> None:
    def days(name: str) -> list[date]:
        root = ElementTree.fromstring(file(sandbox, name).text)
        return [date.fromisoformat(node.get("time")) for node in root.iter(CUBE) if node.get("time")]

    recent, everything = days("eurofxref-hist-90d.xml"), days("eurofxref-hist.xml")
    assert recent == [day for day in everything if day > AS_OF - timedelta(days=90)]
    assert len(recent) < len(everything)


def test_the_original_folder_is_served_and_other_files_are_not(sandbox: RunningSandbox) -> None:
    assert file(sandbox, "stats/eurofxref/eurofxref-hist.csv").status_code == 200
    assert file(sandbox, "eurofxref-weekly.csv").status_code == 404
