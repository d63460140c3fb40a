"""Every system the platform can read, from `*/system.yaml`; refused without owner, SLA, contract and data class."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

from dlt_sources.errors import ConfigurationError
from dlt_sources.protocols import PROTOCOLS
from dlt_sources.protocols.http_reader import HttpReader
from dlt_sources.protocols.reader import Reader
from dlt_sources.spec import SystemSpec
from dlt_sources.strict_yaml import did_you_mean, read_mapping, validate

SYSTEMS_FOLDER = Path(__file__).parent


@cache
def load_systems(folder: Path = SYSTEMS_FOLDER) -> dict[str, SystemSpec]:
    """Return all systems by name, sorted; raise ConfigurationError naming the file, the key and what to do."""
    return {path.parent.name: load_system(path) for path in sorted(folder.glob("*/system.yaml"))}


def load_system(path: Path) -> SystemSpec:
    """Return one validated system.yaml, its resources' requests checked by the protocol that will send them."""
    document = read_mapping(path)
    if document.get("name") != path.parent.name:
        raise ConfigurationError(f"{path}: 'name' must be '{path.parent.name}', the name of its folder")
    system = validate(SystemSpec, document, path)
    for protocol in (system.protocol, *(each.protocol for each in system.resources.values() if each.protocol)):
        if protocol not in PROTOCOLS:
            raise ConfigurationError(
                f"{path}: unknown protocol '{protocol}'" + did_you_mean(protocol, sorted(PROTOCOLS))
            )
    readers = readers_of(system, path)
    if sum(issubclass(reader, HttpReader) for reader in readers.values()) > 1:
        raise ConfigurationError(f"{path}: two protocols over HTTP would each spend the whole request budget")
    for resource in system.resources.values():
        request_model = readers[resource.protocol or system.protocol].Request
        validate(request_model, resource.request, path, at=("resources", resource.name, "request"))
    return system


def readers_of(system: SystemSpec, path: Path | None = None) -> dict[str, type[Reader]]:
    """Return the class that reads the resources of each protocol; the system's own protocol comes first."""
    others = {each.protocol for each in system.resources.values() if each.protocol} - {system.protocol}
    return {system.protocol: _reader_of(system, path), **{protocol: PROTOCOLS[protocol] for protocol in sorted(others)}}


def _reader_of(system: SystemSpec, path: Path | None) -> type[Reader]:
    """Return the class of the system's protocol, or its own where YAML cannot say it all."""
    if system.reader is None:
        return PROTOCOLS[system.protocol]
    module, _, name = system.reader.rpartition(".")
    try:
        reader = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationError(
            f"{path or system.name}: reader '{system.reader}' cannot be imported ({error}); "
            "give the dotted path of a Reader class"
        ) from error
    if not issubclass(reader, PROTOCOLS[system.protocol]):
        raise ConfigurationError(f"{path or system.name}: reader '{system.reader}' does not speak '{system.protocol}'")
    return reader
