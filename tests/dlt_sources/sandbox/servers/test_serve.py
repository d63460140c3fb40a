"""Starting, stopping, steering and watching the sandbox."""

import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pyarrow as pa
import pytest
import requests

from dlt_sources.sandbox.__main__ import main
from dlt_sources.sandbox.serve import RunningSandbox, SandboxError, serve
from dlt_sources.sandbox.servers.context import DEMO_CREDENTIALS
from tests.dlt_sources.sandbox.servers.tiny_company import AS_OF, TinyCompany

SAP = DEMO_CREDENTIALS["sap_s4hana"]


class DatedCompany:
    """One company code per day since the first of the month."""

    def __init__(self, as_of: date):
        self.as_of = as_of

    def vendor(self, system: str) -> dict[str, pa.Table]:
        return {"company_codes": pa.table({"CompanyCode": [f"{day:04d}" for day in range(1, self.as_of.day + 1)]})}


def count(url: str) -> int:
    address = f"{url}/sap/opu/odata/sap/API_COMPANYCODE_SRV/A_CompanyCode/$count"
    return int(requests.get(address, auth=(SAP["user"], SAP["password"]), timeout=10).text)


def test_a_taken_port_is_said_with_a_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SandboxError, match=rf"127\.0\.0\.1:{port} .*choose another with --port"):
            serve(TinyCompany(), port=port, as_of=AS_OF)


def test_stopping_frees_the_port() -> None:
    with serve(TinyCompany(), as_of=AS_OF) as running:
        port = running.port
        assert requests.get(f"{running.url}/_sandbox/clock", timeout=10).json() == {"as_of": "2026-09-30"}
    with serve(TinyCompany(), port=port, as_of=AS_OF) as again:
        assert again.port == port


def test_the_clock_shows_another_day() -> None:
    with serve(DatedCompany, as_of=date(2026, 9, 3)) as running:
        assert count(running.url) == 3
        moved = requests.post(f"{running.url}/_sandbox/clock", json={"as_of": "2026-09-12"}, timeout=10)
        assert moved.json() == {"as_of": "2026-09-12"}
        assert count(running.url) == 12
        refused = requests.post(f"{running.url}/_sandbox/clock", json={"as_of": "soon"}, timeout=10)
        assert refused.status_code == 400


def test_the_log_counts_requests_and_the_busiest_second(sandbox: RunningSandbox) -> None:
    for _ in range(3):
        requests.get(f"{sandbox.url}/ecb/eurofxref-daily.xml", timeout=10)
    requests.get(f"{sandbox.url}/ecb/nothing.xml", timeout=10)
    log = requests.get(f"{sandbox.url}/_sandbox/log", timeout=10).json()["ecb"]
    assert log["requests"] == 4
    assert log["paths"] == {"GET /ecb/eurofxref-daily.xml": 3, "GET /ecb/nothing.xml": 1}
    assert log["statuses"] == {"200": 3, "404": 1}
    assert 1 <= log["max_requests_per_second"] <= 4


def test_many_readers_at_once_get_the_same_pages(sap: requests.Session) -> None:
    address = f"{sap.services}/API_GLACCOUNTLINEITEM/GLAccountLineItem?$skiptoken="

    def fetch(number: int) -> str:
        with requests.Session() as session:
            session.auth, session.headers = sap.auth, sap.headers
            return session.get(address + str(number % 4 * 7), timeout=20).text

    with ThreadPoolExecutor(8) as readers:
        texts = list(readers.map(fetch, range(40)))
    assert len(set(texts)) == 4
    assert all(texts[position] == texts[position % 4] for position in range(40))


def test_amounts_beyond_floating_point_keep_every_digit() -> None:
    amount = pa.array(["98765432109876543.21"]).cast(pa.decimal128(28, 4))
    company = DatedCompany(AS_OF)
    company.vendor = lambda system: {
        "opportunities": pa.table({"Id": ["0065f0000000001AAA"], "Amount": amount}),
        "balance_transactions": pa.table({"id": ["txn_1"], "amount": [9_007_199_254_740_993], "created": [0]}),
    }
    with serve(company, as_of=AS_OF) as running:
        bearer = {"Authorization": f"Bearer {DEMO_CREDENTIALS['stripe']['api_key']}"}
        assert (
            '"amount":9007199254740993'
            in requests.get(f"{running.url}/stripe/v1/balance_transactions", headers=bearer, timeout=10).text
        )
        form = {"grant_type": "client_credentials",
                **{name: DEMO_CREDENTIALS["salesforce"][name] for name in ("client_id", "client_secret")}}  # fmt: skip
        token = requests.post(f"{running.url}/services/oauth2/token", data=form, timeout=10).json()["access_token"]
        assert (
            '"Amount":98765432109876543.21'
            in requests.get(
                f"{running.url}/services/data/v66.0/query",
                params={"q": "SELECT Amount FROM Opportunity"},
                headers={"Authorization": f"Bearer {token}"},
                timeout=10,
            ).text
        )


def test_the_module_serves_the_company_until_it_is_told_to_stop() -> None:
    command = [sys.executable, "-m", "dlt_sources.sandbox", "--scale", "0.01", "--port", "0", "--errors", "none"]
    with subprocess.Popen([*command, "--fault", "stripe:outage"], stdout=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().strip()
        assert count(url) == 7
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{url}/stripe/v1/prices", timeout=10)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--errors", "earthquake"], "no error is called 'earthquake'"),
        (["--fault", "stripe:earthquake"], "no fault is called 'earthquake'"),
        (["--as-of", "1999-01-01", "--port", "0"], "as_of is 1999-01-01"),
    ],
)
def test_the_module_refuses_what_does_not_exist(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(arguments)
    except SystemExit as stopped:
        code = stopped.code
    assert code != 0
    assert message in capsys.readouterr().err


def test_the_module_teaches_its_options() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "dlt_sources.sandbox", "--help"], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    for option in ("--seed", "--scale", "--as-of", "--errors", "--fault", "--port"):
        assert option in shown
