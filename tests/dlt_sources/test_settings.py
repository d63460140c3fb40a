"""The company file says what is allowed and nothing else; secrets stay in the environment."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from dlt_sources.errors import ConfigurationError, MissingSecret
from dlt_sources.registry import load_systems
from dlt_sources.settings import Instance, fill_address, load_company, read_secrets

COMPANY = """\
company: meridian
name: Meridian Machines Group
group_currency: EUR
group_calendar: jan_dec
as_of: 2026-09-30
mappings: mappings
sandbox: {seed: 7, scale: 1, errors: all}
instances:
  sap_group:
    system: sap_s4hana
    base_url: ${FINANCE_SANDBOX_URL}/sap
    credentials: {user: SAP_GROUP_USER, password: SAP_GROUP_PASSWORD}
    entities: ["1010"]
    options: {ledger: 2L}
  ecb:
    system: ecb
    base_url: https://www.ecb.europa.eu
"""


def write(tmp_path: Path, old: str = "", new: str = "") -> Path:
    """The company file with one piece of text replaced."""
    assert old in COMPANY
    (tmp_path / "mappings").mkdir(exist_ok=True)
    path = tmp_path / "meridian.yaml"
    path.write_text(COMPANY.replace(old, new, 1) if old else COMPANY)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ConfigurationError) as refused:
        load_company(path)
    assert str(path) in str(refused.value)
    return str(refused.value)


def test_a_company_file_is_read_whole(tmp_path: Path) -> None:
    company = load_company(write(tmp_path))
    assert company.as_of == date(2026, 9, 30)
    assert company.mappings == tmp_path / "mappings"
    assert company.path == tmp_path / "meridian.yaml"
    assert (company.sandbox.seed, company.sandbox.scale, company.sandbox.errors) == (7, 1, "all")
    assert company.sandbox.books == {}
    sap = company.instances["sap_group"]
    assert (sap.name, sap.entities) == ("sap_group", ["1010"])
    assert sap.option(load_systems()["sap_s4hana"], "ledger") == "2L"
    assert sap.option(load_systems()["sap_s4hana"], "sap_client") == ""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("group_currency", "group_curency", "unknown key 'group_curency' (did you mean 'group_currency'?"),
        ("group_currency: EUR", "group_currency: Euro", "'group_currency'"),
        ("as_of: 2026-09-30", "as_of: yesterday", "'as_of'"),
        ("as_of: 2026-09-30", "time_zone: CEST", "not an IANA time zone"),
        ("mappings: mappings", "mappings: nowhere", "there is no folder"),
        ("scale: 1", "scal: 1", "unknown key 'sandbox.scal' (did you mean 'scale'?"),
        ("    base_url: ${FINANCE", "    base_uri: ${FINANCE",
         "unknown key 'instances.sap_group.base_uri' (did you mean 'base_url'?"),
        ("system: sap_s4hana", "system: sap_s4hanna", "unknown system 'sap_s4hanna' (did you mean 'sap_s4hana'?"),
        (", password:", ", pasword:", "unknown name 'pasword' (did you mean 'password'?"),
        (", password: SAP_GROUP_PASSWORD", "", "'password' is missing: name its environment variable"),
        ("ledger: 2L", "leger: 2L", "unknown name 'leger' (did you mean 'ledger'?"),
        ("ledger: 2L", "ledger: 2", "must be of type str, but it is 2"),
        ("ledger: 2L", "ledger: '${LEDGER}'", "filled in for addresses only"),
        ("https://www", "https://user:secret@www", "an address carries no user or password"),
        ("sap_group:", "SAP Group:", "'SAP Group' is not snake_case"),
        ('entities: ["1010"]', "resources: [journal_line]", "(did you mean 'journal_lines'?"),
        ("instances:", "instances: {}\nrest:", "'instances'"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_key_and_what_is_allowed(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in refusal(write(tmp_path, old, new))


@pytest.mark.parametrize("value", ["hunter2-is-my-password", "12345678"])
def test_a_secret_written_into_the_file_is_refused_and_not_repeated(tmp_path: Path, value: str) -> None:
    said = refusal(write(tmp_path, "SAP_GROUP_PASSWORD", value))
    assert value not in said and "credentials" in said


def test_planning_instances_must_name_workspace_and_model(tmp_path: Path) -> None:
    planning = "planning:\n    system: anaplan\n    credentials: {user: A, password: B}\n  ecb:"
    assert "options: 'workspace' is missing" in refusal(write(tmp_path, "ecb:", planning))


def test_a_file_that_is_not_there_is_an_error_of_the_file(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path / "nobody.yaml")


def test_broken_yaml_is_named_by_its_line(tmp_path: Path) -> None:
    assert "line 4" in refusal(write(tmp_path, "group_currency: EUR", "group_currency: [EUR"))


def test_addresses_are_filled_in_late_and_a_missing_variable_is_named(tmp_path: Path) -> None:
    sap = load_company(write(tmp_path)).instances["sap_group"]
    assert fill_address(sap.base_url, sap, {"FINANCE_SANDBOX_URL": "http://127.0.0.1:1"}) == "http://127.0.0.1:1/sap"
    with pytest.raises(ConfigurationError, match=r"'sap_group'.*FINANCE_SANDBOX_URL"):
        fill_address(sap.base_url, sap, {})


def test_missing_secrets_are_one_error_that_names_the_instance_and_every_variable(tmp_path: Path) -> None:
    sap = load_company(write(tmp_path)).instances["sap_group"]
    with pytest.raises(MissingSecret, match=r"sap_group.*SAP_GROUP_USER, SAP_GROUP_PASSWORD is not set") as missing:
        read_secrets(load_systems()["sap_s4hana"], sap, {"OTHER": "x", "SAP_GROUP_PASSWORD": ""})
    assert missing.value.next_step == "set the variable and run again"


def test_a_secret_is_never_shown(tmp_path: Path) -> None:
    sap = load_company(write(tmp_path)).instances["sap_group"]
    environ = {"SAP_GROUP_USER": "robot", "SAP_GROUP_PASSWORD": "hunter2"}
    secrets = read_secrets(load_systems()["sap_s4hana"], sap, environ)
    assert secrets["password"].get_secret_value() == "hunter2"
    assert "hunter2" not in f"{secrets!r} {secrets!s} {sap!r}"


def test_an_unset_pace_is_the_systems() -> None:
    assert Instance(name="a", system="ecb").connection.requests_per_second is None
