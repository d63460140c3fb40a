"""Statements of other versions and banks: values arrive as they stand there, under one set of names."""

from __future__ import annotations

from pathlib import Path

from tests.dlt_sources.dropped import load_dropped

VERSION_02 = """<?xml version="1.0"?><ns2:Document xmlns:ns2="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">
<ns2:BkToCstmrStmt><ns2:GrpHdr><ns2:MsgId>M1</ns2:MsgId></ns2:GrpHdr>
<ns2:Stmt><ns2:Id>S1</ns2:Id><ns2:LglSeqNb>7</ns2:LglSeqNb><ns2:CreDtTm>2026-09-30T18:00:00+02:00</ns2:CreDtTm>
<ns2:Acct><ns2:Id><ns2:Othr><ns2:Id>4711</ns2:Id></ns2:Othr></ns2:Id><ns2:Svcr><ns2:FinInstnId><ns2:BIC>RHBKDEFF</ns2:BIC>
</ns2:FinInstnId></ns2:Svcr></ns2:Acct>
<ns2:Bal><ns2:Tp><ns2:CdOrPrtry><ns2:Cd>CLAV</ns2:Cd></ns2:CdOrPrtry></ns2:Tp><ns2:Amt Ccy="EUR">1</ns2:Amt>
<ns2:CdtDbtInd>CRDT</ns2:CdtDbtInd><ns2:Dt><ns2:Dt>2026-09-30</ns2:Dt></ns2:Dt></ns2:Bal>
<ns2:Bal><ns2:Tp><ns2:CdOrPrtry><ns2:Cd>PRCD</ns2:Cd></ns2:CdOrPrtry></ns2:Tp><ns2:Amt Ccy="EUR">100.50</ns2:Amt>
<ns2:CdtDbtInd>DBIT</ns2:CdtDbtInd><ns2:Dt><ns2:Dt>2026-09-29</ns2:Dt></ns2:Dt></ns2:Bal>
<ns2:Bal><ns2:Tp><ns2:CdOrPrtry><ns2:Cd>CLBD</ns2:Cd></ns2:CdOrPrtry></ns2:Tp><ns2:Amt Ccy="EUR">99.50</ns2:Amt>
<ns2:CdtDbtInd>DBIT</ns2:CdtDbtInd><ns2:Dt><ns2:DtTm>2026-09-30T20:00:00</ns2:DtTm></ns2:Dt></ns2:Bal>
<ns2:Ntry><ns2:Amt Ccy="EUR">1.00</ns2:Amt><ns2:CdtDbtInd>CRDT</ns2:CdtDbtInd><ns2:RvslInd>true</ns2:RvslInd>
<ns2:Sts>BOOK</ns2:Sts><ns2:BookgDt><ns2:Dt>2026-09-30</ns2:Dt></ns2:BookgDt><ns2:NtryDtls><ns2:TxDtls>
<ns2:RltdPties><ns2:Dbtr><ns2:Nm>Payer &amp; Co</ns2:Nm></ns2:Dbtr>
<ns2:Cdtr><ns2:Nm>We</ns2:Nm></ns2:Cdtr></ns2:RltdPties>
<ns2:RmtInf><ns2:Ustrd>Invoice</ns2:Ustrd><ns2:Ustrd>4711</ns2:Ustrd></ns2:RmtInf></ns2:TxDtls></ns2:NtryDtls></ns2:Ntry>
<ns2:Ntry><ns2:Amt Ccy="EUR">9</ns2:Amt><ns2:CdtDbtInd>DBIT</ns2:CdtDbtInd><ns2:Sts>PDNG</ns2:Sts><ns2:NtryDtls>
<ns2:TxDtls><ns2:RltdPties><ns2:Cdtr><ns2:Nm>Anna Keller</ns2:Nm></ns2:Cdtr></ns2:RltdPties></ns2:TxDtls>
<ns2:TxDtls><ns2:RltdPties><ns2:Cdtr><ns2:Nm>Emily Carter</ns2:Nm></ns2:Cdtr></ns2:RltdPties></ns2:TxDtls>
</ns2:NtryDtls></ns2:Ntry></ns2:Stmt></ns2:BkToCstmrStmt></ns2:Document>"""


def test_an_older_version_of_another_bank_arrives_under_the_same_names(tmp_path: Path) -> None:
    (tmp_path / "old.xml").write_text(VERSION_02)
    rows = load_dropped("camt053", tmp_path)
    (statement,) = rows["statements"]
    assert (statement["sequence_number"], statement["account_id"], statement["servicer_bic"]) == (
        "7",
        "4711",
        "RHBKDEFF",
    )
    assert (statement["opening_kind"], statement["opening_amount"], statement["opening_mark"]) == (
        "PRCD",
        "100.50",
        "DBIT",
    )
    assert (statement["closing_amount"], statement["closing_date"]) == ("99.50", "2026-09-30T20:00:00")
    booked, pending = rows["entries"]
    assert (booked["status"], booked["is_reversal"], booked["mark"]) == ("BOOK", "true", "CRDT")
    assert (booked["counterparty_name"], booked["remittance_text"]) == ("Payer & Co", "Invoice 4711")
    assert (pending["status"], pending["transaction_count"]) == ("PDNG", "2")


def test_who_is_paid_within_a_batch_stays_with_the_bank(tmp_path: Path) -> None:
    (tmp_path / "old.xml").write_text(VERSION_02)
    landed = repr(load_dropped("camt053", tmp_path))
    assert "Keller" not in landed and "Carter" not in landed


def test_what_is_no_statement_is_a_row_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "cut.xml").write_text(VERSION_02[:900])
    (tmp_path / "empty.xml").write_text("")
    (tmp_path / "other.xml").write_text("<Document><CstmrCdtTrfInitn/></Document>")
    (tmp_path / "whole.xml").write_text(VERSION_02)
    rows = load_dropped("camt053", tmp_path)["statements"]
    assert {row["file_name"]: row["problem"] for row in rows} == {
        "cut.xml": "it is no well-formed XML (line 10)",
        "empty.xml": "it is no well-formed XML (line 1)",
        "other.xml": "it holds no statement (BkToCstmrStmt/Stmt)",
        "whole.xml": None,
    }
