"""How dbt is run: in this process, parsed once, however many steps of a run build with it.

A dbt process of its own costs seconds to start, and a run has three steps. dbt and what it imports are loaded when the
first command runs, because most commands of the platform need none of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import queue
import shutil
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from dlt_sources.settings import Company
from finance_assets.lib import customer_matching
from finance_assets.lib.data_dir import DataDir
from finance_assets.lib.dbt_manifest import DbtManifest
from finance_assets.lib.failures import TransformFailed
from finance_assets.lib.project import DBT_PROJECT
from finance_assets.lib.warehouse import attachments

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

DBT_THREADS = 2
CHOSEN = "chosen"
MANIFEST, PARSE_STATE, PARSED_FROM = "manifest.json", "partial_parse.msgpack", "parsed_from.txt"
_SOURCE_SUFFIXES = (".sql", ".py", ".yml", ".csv")
# What models in Python call is part of their code.
_CALLED_BY_MODELS = (Path(customer_matching.__file__),)
_FAILED = ("error", "fail", "runtime error")


@dataclass(frozen=True)
class NodeResult:
    """What became of one model, seed or test: dbt's id of it, its status, how long it took, dbt's words."""

    unique_id: str
    status: str
    seconds: float
    message: str

    @property
    def is_failed(self) -> bool:
        """Whether the model could not be built, or the test does not hold."""
        return self.status in _FAILED


class Dbt:
    """The dbt project over one company's build warehouse."""

    def __init__(self, company: Company, data_dir: DataDir) -> None:
        self._company = company
        self._data_dir = data_dir

    def manifest(self) -> DbtManifest:
        """Return the company's part of the project as it is on disk; parse the project when the manifest is older."""
        path, systems = self._data_dir.dbt_target / MANIFEST, tuple(self._company.systems)
        before = DbtManifest(path, systems)
        if before.is_whole and path.stat().st_mtime >= _newest_source():
            return before
        for parsed in ("_parsed", "code"):
            self.__dict__.pop(parsed, None)
        assert self._parsed
        return DbtManifest(path, systems)

    def whole_manifest(self) -> DbtManifest:
        """Return the project with the models of every system, those that the company does not have, too."""
        return DbtManifest(self.manifest().path)

    @cached_property
    def code(self) -> str:
        """The project's files and the company's settings in it, as one hash."""
        digest = hashlib.sha256(json.dumps(self._settings).encode())
        for file in sorted(_source_files()):
            digest.update(str(file.relative_to(DBT_PROJECT)).encode() + b"\0" + file.read_bytes() + b"\0")
        for file in _CALLED_BY_MODELS:
            digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
        return digest.hexdigest()

    def build(self, as_of: date, nodes: Collection[str]) -> Iterator[NodeResult]:
        """Build these tables and run these tests, given by dbt's ids; yield each result as soon as it is there.

        Raises TransformFailed, after the last result, with what failed in dbt's words.
        """
        if not nodes:
            return
        self._write_profile_with_landing()
        for unique_id, node in self._parsed.nodes.items():
            # Chosen by a tag: dbt takes longer to look for hundreds of names than to build what they stand for.
            node.tags = [CHOSEN] if unique_id in nodes else []
        command = ["--no-write-json", "build", "--select", f"tag:{CHOSEN}", "--indirect-selection", "empty"]
        command += self._variables(as_of)
        failures = []
        for result in self._results_of(command):
            if result.is_failed:
                failures.append(f"{result.unique_id.partition('.')[2]}: {result.message}")
            yield result
        if failures:
            raise TransformFailed("; ".join(failures))

    def write_docs(self, as_of: date) -> None:
        """Write the documentation into the target folder, as one page; raise TransformFailed."""
        self._write_profile_with_landing()
        _require(self._invoke(["docs", "generate", "--static", *self._variables(as_of)], parsed=self._parsed))

    @cached_property
    def _parsed(self) -> Manifest:
        """The parsed project: the same for every step of a run, whatever is edited meanwhile.

        Nothing in the project asks for a variable or looks into the warehouse while it is parsed. So no variable is
        given here, and the same profile for every company: either would make dbt parse everything again.
        """
        folder = self._data_dir.warehouse / "parse"
        self._write_profile(folder, Path(self._data_dir.build_file.name), {})
        with _shared_parse_state(self._data_dir.dbt_target):
            parsed = _require(self._invoke(["--no-write-json", "parse"], profiles=folder))
        # In one rename: a process may die while it writes, and another may be reading.
        written = self._data_dir.dbt_target / f"{os.getpid()}-{MANIFEST}"
        parsed.writable_manifest().write(str(written))
        written.replace(self._data_dir.dbt_target / MANIFEST)
        return parsed

    def _results_of(self, command: Sequence[str]) -> Iterator[NodeResult]:
        """Run the command in a thread of its own, so that its results come out while it is at work."""
        finished: queue.SimpleQueue[NodeResult | None] = queue.SimpleQueue()
        answer: list[dbtRunnerResult] = []
        parsed = self._parsed

        def hear(event: Any) -> None:
            if event.info.name == "NodeFinished":
                finished.put(_node_result(event.data))

        def run() -> None:
            try:
                answer.append(self._invoke(command, parsed=parsed, hear=hear))
            finally:
                finished.put(None)

        thread = threading.Thread(target=run, name="dbt")
        thread.start()
        while (result := finished.get()) is not None:
            yield result
        thread.join()
        # A test that fails is no exception; dbt itself failing is.
        if answer[0].exception:
            raise TransformFailed(str(answer[0].exception)) from answer[0].exception

    def _invoke(
        self,
        command: Sequence[str],
        *,
        parsed: Manifest | None = None,
        hear: Any = None,
        profiles: Path | None = None,
    ) -> dbtRunnerResult:
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner

        runner = dbtRunner(manifest=parsed, callbacks=[hear] if hear else [])
        try:
            places = [*self._places, "--profiles-dir", str(profiles or self._data_dir.warehouse)]
            return runner.invoke(["--no-use-colors", *command, *places])
        finally:
            # dbt keeps the warehouse open for its next command; the gates and the publication want it too.
            DuckDBConnectionManager.close_all_connections()

    @property
    def _places(self) -> list[str]:
        """Where dbt finds the project, and where it writes: all of them absolute."""
        return [
            *("--project-dir", str(DBT_PROJECT)),
            *("--target-path", str(self._data_dir.dbt_target)),
            *("--log-path", str(self._data_dir.warehouse / "logs")),
            # Its debug log of a night is ten thousand lines nobody reads.
            *("--log-level-file", "warn"),
        ]

    def _variables(self, as_of: date) -> list[str]:
        return ["--vars", json.dumps({"as_of": as_of.isoformat(), **self._settings})]

    @property
    def _settings(self) -> dict[str, Any]:
        return {
            "group_currency": self._company.group_currency,
            "company": self._company.company,
            "time_zone": self._company.time_zone,
            "systems": self._company.systems,
        }

    def _write_profile_with_landing(self) -> None:
        """Point dbt at the build warehouse, with the landing files attached read-only."""
        attached = attachments(list(self._company.instances), self._data_dir)
        self._write_profile(self._data_dir.warehouse, self._data_dir.build_file, attached)

    def _write_profile(self, folder: Path, database: Path, attached: Mapping[str, Path]) -> None:
        target = {
            "type": "duckdb",
            "path": str(database),
            "threads": DBT_THREADS,
            # A timestamp is UTC whatever the machine's zone.
            "settings": {"TimeZone": "UTC"},
            "attach": [{"path": str(file), "alias": alias, "read_only": True} for alias, file in attached.items()],
        }
        profile = {"finance": {"target": "duckdb", "outputs": {"duckdb": target}}}
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "profiles.yml").write_text(yaml.safe_dump(profile, sort_keys=False), encoding="utf-8")


@contextmanager
def _shared_parse_state(target: Path) -> Iterator[None]:
    """Let dbt begin with what it has parsed of this project for another folder, and leave it for the next one.

    dbt itself decides, file by file, what of it still holds. What it cannot see is that the project has moved: it would
    go on reading seeds where they were.
    """
    own, shared = target / PARSE_STATE, DBT_PROJECT / "target" / PARSE_STATE
    for folder in (target, shared.parent):
        _forget_parse_state_of_another_place(folder)
    if shared.exists() and not own.exists():
        shutil.copy2(shared, own)
    yield
    if not shared.exists() or shared.stat().st_mtime < own.stat().st_mtime:
        with suppress(PermissionError):  # an installed project that nobody may write to is parsed per folder
            shared.parent.mkdir(exist_ok=True)
            copy = shared.with_name(f"{PARSE_STATE}-{os.getpid()}")
            shutil.copy2(own, copy)
            copy.replace(shared)


def _forget_parse_state_of_another_place(folder: Path) -> None:
    parsed_from = folder / PARSED_FROM
    if parsed_from.exists() and parsed_from.read_text() == str(DBT_PROJECT):
        return
    with suppress(PermissionError):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / PARSE_STATE).unlink(missing_ok=True)
        parsed_from.write_text(str(DBT_PROJECT))


def _node_result(event: Any) -> NodeResult:
    result = event.run_result
    message = " ".join((result.message or result.status).split())
    return NodeResult(event.node_info.unique_id, result.status, result.execution_time, message)


def _require(answer: dbtRunnerResult) -> Any:
    """Return what the command returns; raise TransformFailed when it did not succeed."""
    if not answer.success:
        raise TransformFailed(f"dbt failed: {answer.exception or 'see the log'}") from answer.exception
    return answer.result


def _source_files() -> list[Path]:
    """The files that dbt parses."""
    folders = [DBT_PROJECT / name for name in ("models", "macros", "tests", "seeds")]
    files = [file for folder in folders for file in folder.rglob("*") if file.suffix in _SOURCE_SUFFIXES]
    return [DBT_PROJECT / "dbt_project.yml", *files]


def _newest_source() -> float:
    """When a file that dbt parses was last changed."""
    return max(file.stat().st_mtime for file in _source_files())
