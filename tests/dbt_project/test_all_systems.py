"""A union reads the systems that the company has, and no other; without any it has the columns of its contract."""

import re
from collections.abc import Callable

import duckdb
import pytest

from tests.dbt_project.conftest import ParsedProject

UNION = """{{ all_systems([
    ['erp', ref('int_sap_s4hana__customers_conformed')],
    ['crm', ref('int_salesforce__customers_conformed')],
    ['billing', ref('int_stripe__customers_conformed')],
], label_column='source_role') }}"""


@pytest.mark.parametrize(
    ("variables", "read"),
    [
        ({}, ["erp sap_s4hana", "crm salesforce", "billing stripe"]),
        ({"systems": ["stripe", "sap_s4hana"]}, ["erp sap_s4hana", "billing stripe"]),
        ({"systems": ["salesforce"]}, ["crm salesforce"]),
    ],
)
def test_the_systems_of_the_company_are_read_each_with_its_label(
    render: Callable[..., str], variables: dict[str, list[str]], read: list[str]
) -> None:
    sql = render(UNION, **variables)
    parts = re.findall(r"select '(\w+)' as source_role, \* from .*int_(\w+?)__customers_conformed", sql)
    assert [" ".join(part) for part in parts] == read
    assert sql.count("union all by name") == len(read) - 1


def test_without_any_of_them_there_are_the_columns_of_the_contract_and_no_rows(
    render: Callable[..., str], project: ParsedProject, database: duckdb.DuckDBPyConnection
) -> None:
    contract = project.manifest["nodes"]["model.finance.int_sap_s4hana__customers_conformed"]["columns"]
    result = database.execute(render(UNION, systems=["ecb"]))
    assert [column[0] for column in result.description] == ["source_role", *contract]
    assert result.fetchall() == []
