"""Stand-ins for the project's dbt macros, so that sqlfluff lints models as they are written.

Expanded, a staging model is fifty kilobytes of casts and takes sqlfluff minutes. Here a macro call becomes a call of
the same name: `{{ amount('NetAmount') }}` is linted as `amount(NetAmount)`, a macro that makes a query as a short
query. What the macros expand to is checked by dbt itself, which builds and tests every model.

sqlfluff puts every name of this module into the Jinja context (setting `library_path`).
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlfluff.core.dialects import dialect_selector

_MACRO = re.compile(r"{%-? *macro (\w+)\(.*?\) *-?%}(.*?){%-? *endmacro *-?%}", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_]\w*")
_RESERVED_WORDS = {word.lower() for word in dialect_selector("duckdb").sets("reserved_keywords")}
_JINJA_STATEMENT = re.compile(r"{#.*?#}|{%.*?%}", re.DOTALL)


def _texts(arguments: object) -> Iterator[str]:
    """Every text and number among the arguments, however deep in lists; mappings and keywords are settings, not SQL."""
    if isinstance(arguments, (list, tuple)):
        for argument in arguments:
            yield from _texts(argument)
    elif not isinstance(arguments, (dict, bool, type(None))) and str(arguments).lower() not in _RESERVED_WORDS:
        yield str(arguments)


def _call(name: str) -> Callable[..., str]:
    return lambda *arguments, **options: f"{name}({', '.join(_texts(arguments))})"


def _query(*arguments: object, **options: object) -> str:
    """A query of every relation that is named among the arguments."""
    relations = [str(argument) for argument in arguments if _NAME.fullmatch(str(argument))]
    return f"select a_column from {' cross join '.join(relations) or 'a_relation'}"


class _Members(list[str]):
    """What stands in for a list or a mapping: it has one member, and one under every key."""

    def __getitem__(self, key: object) -> object:
        return super().__getitem__(key) if isinstance(key, int | slice) else [str(key)]


def _stand_in(name: str, body: str) -> Callable[..., object]:
    """A function that renders what sqlfluff shall see of a macro, told from the macro's own text."""
    sql = _JINJA_STATEMENT.sub("", body).strip()
    if name.startswith("type_"):
        return lambda *arguments, **options: sql
    if sql.startswith(("select", "with")):
        return _query
    if sql.startswith(("{{ return([", "{{ return({")):
        return lambda *arguments, **options: _Members([name])
    return _call(name)


def _stand_ins() -> dict[str, Callable[..., object]]:
    """The stand-in of every macro; of a dispatched one, from its implementation."""
    files = sorted((Path(__file__).parents[1] / "macros").rglob("*.sql"))
    bodies = {name: body for file in files for name, body in _MACRO.findall(file.read_text())}
    return {name: _stand_in(name, bodies.get(f"duckdb__{name}", body)) for name, body in bodies.items()}


class _Package:
    """A package of macros, `dbt` itself."""

    def __getattr__(self, name: str) -> Callable[..., str]:
        return _call(name)


dbt = _Package()
globals().update(_stand_ins())
