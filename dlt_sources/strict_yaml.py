"""YAML files that people write, checked against a model: every mistake is named with file, key and remedy."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

from dlt_sources.errors import ConfigurationError

Model = TypeVar("Model", bound=BaseModel)


# libyaml, where PyYAML was built with it: ten times as fast.
FastLoader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _UniqueKeyLoader(FastLoader):
    """YAML lets a repeated key overwrite the first one silently; here it is an error."""


def _unique_mapping(loader: _UniqueKeyLoader, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise yaml.MarkedYAMLError(problem=f"key '{key}' is given twice", problem_mark=key_node.start_mark)
        seen.add(key)
    return loader.construct_mapping(node, deep)


_UniqueKeyLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _unique_mapping)


def read_mapping(path: Path) -> dict[str, Any]:
    """Return the mapping in the YAML file; raise ConfigurationError when there is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror}); give the path of a YAML file") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not UTF-8 text; save it as UTF-8") from error
    try:
        document = yaml.load(text, _UniqueKeyLoader)
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ConfigurationError(f"{path}{line}: is not valid YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path}: is not valid YAML: {error}") from error
    if not isinstance(document, dict):
        raise ConfigurationError(f"{path}: must hold `key: value` lines at the top level")
    return document


def validate(model: type[Model], document: dict[str, Any], path: Path, at: tuple[str, ...] = ()) -> Model:
    """Return the document as a model; raise one ConfigurationError that lists every mistake in it."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        problems = [_explain(model, problem, at) for problem in error.errors()]
        raise ConfigurationError(f"{path}: " + "; ".join(problems)) from None


def did_you_mean(wrong: str, allowed: list[str]) -> str:
    """Return ' (did you mean X? allowed: …)' for an error message."""
    close = get_close_matches(wrong, allowed, n=1)
    hint = f"did you mean '{close[0]}'? " if close else ""
    return f" ({hint}allowed: {', '.join(allowed) or 'none'})"


def _explain(model: type[BaseModel], problem: dict[str, Any], at: tuple[str, ...]) -> str:
    location = (*at, *(str(part) for part in problem["loc"]))
    key = ".".join(location) or "the document"
    if problem["type"] == "extra_forbidden":
        allowed = sorted(_fields_at(model, problem["loc"][:-1]))
        return f"unknown key '{key}'" + did_you_mean(str(problem["loc"][-1]), allowed)
    if problem["type"] == "missing":
        return f"'{key}' is missing: add it"
    if problem["type"] == "value_error":
        return f"'{key}': {problem['ctx']['error']}"
    message = f"'{key}': {problem['msg'][:1].lower()}{problem['msg'][1:]}"
    # What stands under credentials is never repeated: somebody may have written the secret itself.
    return message if "credentials" in location else f"{message}, but it is {problem['input']!r}"


def _fields_at(model: type[BaseModel], location: tuple[int | str, ...]) -> set[str]:
    """The keys that are allowed where the location points to."""
    current: Any = model
    for part in location:
        inner = current.model_fields.get(str(part)) if _is_model(current) else None
        annotation = inner.annotation if inner else current
        current = next(iter(_models_in(annotation)), current)
    return set(current.model_fields) if _is_model(current) else set()


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if _is_model(annotation):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models_in(argument)]


def _is_model(candidate: Any) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, BaseModel)
