"""The mapping files match the simulation, and direct loading writes what the wire would give."""

import filecmp
import re
from pathlib import Path

import duckdb

from dlt_sources.sandbox.company import Snapshot, mappings, news
from dlt_sources.sandbox.company.bank import BANKS
from dlt_sources.sandbox.company.errors import EXCEPTION_TYPES
from dlt_sources.sandbox.company.group import OWNERS, PROCUREMENT
from dlt_sources.sandbox.company.payroll import OFFICES
from dlt_sources.sandbox.direct import INSTANCES, load_direct
from dlt_sources.settings import load_company
from tests.dlt_sources.sandbox.company.conftest import AS_OF, Query, snapshot_of


def test_the_mapping_files_are_what_the_constants_give(tmp_path: Path) -> None:
    mappings.write(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == sorted(path.name for path in mappings.FOLDER.iterdir())
    _, differing, missing = filecmp.cmpfiles(tmp_path, mappings.FOLDER, names, shallow=False)
    assert (differing, missing) == ([], [])


def test_every_exception_type_has_an_owner_for_all_entities() -> None:
    assert {kind for kind, entity, _ in OWNERS if entity == "*"} >= set(EXCEPTION_TYPES.values())


def test_everything_the_clean_company_uses_is_mapped(clean: Snapshot, query: Query) -> None:
    sap, crm, folder = clean.vendor("sap_s4hana"), clean.vendor("salesforce"), mappings.FOLDER
    assert (
        query(
            f"""
        select distinct GLAccount from lines where (ChartOfAccounts, ltrim(GLAccount, '0')) not in
            (select (chart_code, source_account_id) from read_csv('{folder}/accounts.csv', all_varchar = true))
        """,
            lines=sap["journal_lines"],
        )
        == []
    )
    assert (
        query(
            f"""
        select distinct Product2Id from lines where Product2Id not in
            (select source_product_id from read_csv('{folder}/product_families.csv', all_varchar = true))
        """,
            lines=crm["opportunity_lines"],
        )
        == []
    )
    assert (
        query(
            f"""
        select distinct ltrim(CostCenter, '0') from lines where CostCenter <> '' and ltrim(CostCenter, '0') not in
            (select source_cost_centre_id from read_csv('{folder}/cost_centres.csv', all_varchar = true))
        """,
            lines=sap["journal_lines"],
        )
        == []
    )


def test_the_company_file_is_valid() -> None:
    company = load_company(mappings.FOLDER.parent / "company.yaml")
    dropped = {each.instance: each.system for each in (*BANKS, *OFFICES)}
    dropped[news.INBOX] = "events"
    assert {name: instance.system for name, instance in company.instances.items()} == {
        **INSTANCES,
        **dropped,
        PROCUREMENT: "coupa",
    }
    assert company.as_of == AS_OF


def test_direct_loading_writes_the_wire_texts(tmp_path: Path) -> None:
    snapshot = snapshot_of(7)
    load_ids = load_direct(snapshot, tmp_path)
    with duckdb.connect(str(tmp_path / "landing" / "sap_group.duckdb")) as sap:
        assert set(sap.sql("from land_sap_group.journal_lines").types) == {"VARCHAR"}
        posted, changed, yen, reversed_, load_id, ledgers = sap.execute("""
            select any_value(PostingDate), any_value(LastChangeDateTime),
                any_value(AmountInCompanyCodeCurrency) filter (where CompanyCodeCurrency = 'JPY'),
                any_value(IsReversed), any_value(_load_id), list(distinct Ledger)
            from land_sap_group.journal_lines
            """).fetchone()
    assert re.fullmatch(r"/Date\(\d+\)/", posted)
    assert re.fullmatch(r"/Date\(\d+\+0000\)/", changed)
    assert re.fullmatch(r"-?\d+", yen)
    assert reversed_ in ("true", "false")
    assert load_id == load_ids["sap_group"]
    assert ledgers == ["0L"]
    with duckdb.connect(str(tmp_path / "landing" / "crm_group.duckdb")) as crm:
        opportunities = crm.sql("from land_crm_group.opportunities")
        amount, modified = opportunities.project("Amount, SystemModstamp").fetchone()
    assert re.fullmatch(r"\d+\.\d+", amount)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", modified)


def test_loading_a_second_night_appends(tmp_path: Path) -> None:
    snapshot = snapshot_of(7)
    for _ in range(2):
        load_direct(snapshot, tmp_path)
    with duckdb.connect(str(tmp_path / "landing" / "ecb.duckdb")) as connection:
        landed = connection.execute("select count(*) from land_ecb.rates").fetchone()[0]
    assert landed == 2 * len(snapshot.vendor("ecb")["rates"])
