"""The extracts as the sandbox delivers them: the same files every night, and deletions told by the keys alone."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from pathlib import Path

import pytest

from dlt_sources.sandbox.company import World, build_world
from dlt_sources.sandbox.drops import drop_files

MONDAY, WEDNESDAY = date(2026, 9, 28), date(2026, 9, 30)


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(seed=11, scale=0.03, books={"1030": "oracle_fusion"})


def delivered(world: World, folder: Path, day: date) -> dict[str, bytes]:
    drop_files(world.as_of(day, "all"), "oracle_fusion", "oracle_fusion_group", folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def rows(files: dict[str, bytes], store: str, stamp: str, suffix: str = ".csv") -> list[dict[str, str]]:
    for name, content in files.items():
        if f"_{store}-batch" in name and f"-{stamp}_" in name:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                (member,) = archive.namelist()
                if member.endswith(suffix):
                    return list(csv.DictReader(io.StringIO(archive.read(member).decode())))
    raise AssertionError(f"no {suffix} of {store} on {stamp}")


def test_a_delivery_is_the_same_on_every_later_day(world: World, tmp_path: Path) -> None:
    monday, wednesday = delivered(world, tmp_path, MONDAY), delivered(world, tmp_path, WEDNESDAY)
    assert monday.items() <= wednesday.items() and len(monday) * 2 == len(wednesday)


def test_on_sunday_everything_comes_and_then_what_changed_that_day(world: World, tmp_path: Path) -> None:
    files = delivered(world, tmp_path, WEDNESDAY)
    everything = rows(files, "journallineextractpvo", "20260927")
    changes = rows(files, "journallineextractpvo", "20260930")
    assert 0 < len(changes) < len(everything) / 4
    assert {row["GlJeLinesLastUpdateDate"][:10] for row in changes} == {"2026-09-30"}
    whole = [len(rows(files, "balanceextractpvo", stamp)) for stamp in ("20260927", "20260930")]
    assert whole[0] <= whole[1]


def test_a_draft_that_was_deleted_is_in_no_later_extract_and_not_among_the_keys(world: World, tmp_path: Path) -> None:
    files = delivered(world, tmp_path, WEDNESDAY)
    headers = rows(files, "journalheaderextractpvo", "20260927")
    (draft,) = [row["JeHeaderId"] for row in headers if row["GlJeHeadersStatus"] == "U"]
    for stamp, is_there in (("20260928", True), ("20260929", False), ("20260930", False)):
        keys = {row["JeHeaderId"] for row in rows(files, "journalheaderextractpvo", stamp, ".pecsv")}
        assert (draft in keys) is is_there
        assert draft not in {row["JeHeaderId"] for row in rows(files, "journalheaderextractpvo", stamp)}
