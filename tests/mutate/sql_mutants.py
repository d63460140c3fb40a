"""Mutants of the models' SQL: a pattern of an operator, somewhere in a model, says something else."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

PICKED = Path(__file__).with_name("sql_mutants.yaml")
LAYERS = ("canonical", "reconciliation", "marts")
SEED = 20260930

# Operator → pattern and what stands there instead. Only code, never a comment.
OPERATORS: dict[str, tuple[str, str]] = {
    "left join becomes inner": (r"\bleft join\b", "inner join"),
    "inner join becomes left": (r"\binner join\b", "left join"),
    "full join becomes left": (r"\bfull outer join\b", "left join"),
    "full join becomes inner": (r"\bfull outer join\b", "inner join"),
    "union all becomes union": (r"\bunion all\b", "union"),
    "last part of a union is left out": (r"\n +union all\n +select \* from [^\n]+(?=\n\))", ""),
    "at least becomes more than": (r" >= ", " > "),
    "at most becomes less than": (r" <= ", " < "),
    "less than becomes at most": (r" < ", " <= "),
    "more than becomes at least": (r" > ", " >= "),
    "condition is left out": (r"\n +and (?![^\n]*\bor\b)[^\n()]*(?:\([^\n()]*\)[^\n()]*)*(?=\n)", ""),
    "filter is left out": (r"\n +where (?!\n)[^\n()]*(?:\([^\n()]*\)[^\n()]*)*(?=\n(?! +(?:and|or)\b))", ""),
    "distinct is left out": (r"\bselect distinct\b", "select"),
    "count distinct becomes count": (r"\bcount\(distinct ", "count("),
    "sum becomes max": (r"\bsum\(", "max("),
    "max becomes min": (r"\bmax\(", "min("),
    "min becomes max": (r"\bmin\(", "max("),
    "plus becomes minus": (r"(?<=[a-z)0]) \+ (?=[a-z(0-9])", " - "),
    "minus becomes plus": (r"(?<=[a-z)0]) - (?=[a-z(0-9])", " + "),
    "sign flips": (r"\bsum\((?=[a-z_.]*amount)", "sum(-1 * "),
    "absolute becomes signed": (r"\babs\(", "("),
    "greatest becomes least": (r"\bgreatest\(", "least("),
    "least becomes greatest": (r"\bleast\(", "greatest("),
    "last becomes first": (r" desc\b", ""),
    "not is left out": (r"\bnot (?=is_|[a-z_]+\.is_)", ""),
    "rate is turned over": (r"'((?:\w*rates?\w*|rate)\.rate)'", r"'(1 / \1)'"),
    "closing rate becomes average": (r"'closing'", "'average'"),
    "debit becomes credit": (r"\bsum\(([a-z_.]*)amount_debit_local\b", r"sum(\1amount_credit_local"),
    "local becomes transaction amount": (
        r"(?<=\n)( +)((?:\w+\.)?)amount_local,(?=\n)",
        r"\1\2amount_transaction as amount_local,",
    ),
    "month is shifted": (r"\{\{ month_of\('([a-z_.]+)'\) \}\}", r"{{ month_of('(\1 + interval 1 month)') }}"),
    "absent becomes nothing found": (r"\bis not null\b", "is null"),
    "and becomes or": (r"(?<=[a-z]) and (?=not |[a-z_.]+ [=<>])", " or "),
    "equal becomes different": (r"(?<=\w) = (?='[a-z_]+')", " <> "),
}


@dataclass(frozen=True)
class SqlMutant:
    """One place in a model that says something else."""

    name: str
    kind: str
    model: str
    code: str


def mutants(nodes: dict[str, Any], count: int, only: str = "") -> list[SqlMutant]:
    """Return the picked ones and as many as asked for of what the operators make: few of each operator and model."""
    models = {name: node for name, node in nodes.items() if node["resource_type"] == "model"}
    listed = [*_picked(models), *_drawn(models, count)]
    return [mutant for mutant in listed if only in f"{mutant.name} {mutant.kind}"]


def places(code: str, pattern: str) -> Iterator[re.Match[str]]:
    """Yield where the pattern stands in SQL or Jinja code."""
    comments = [match.span() for match in re.finditer(r"--[^\n]*|\{#.*?#\}", code, re.S)]
    for match in re.finditer(pattern, code):
        if not any(start <= match.start() < end for start, end in comments):
            yield match


def _drawn(models: dict[str, Any], count: int) -> list[SqlMutant]:
    """Every operator in turn takes a model it has not been at, one that has few mutants yet."""
    draw = random.Random(SEED)
    pools: dict[str, list[SqlMutant]] = {}
    for unique_id, node in sorted(models.items()):
        if node["fqn"][1] not in LAYERS or node["language"] != "sql":
            continue
        code = node["raw_code"]
        for kind, (pattern, instead) in OPERATORS.items():
            found = list(places(code, pattern))
            if found:
                match = draw.choice(found)
                changed = code[: match.start()] + match.expand(instead) + code[match.end() :]
                line = code.count("\n", 0, match.start()) + 1
                pools.setdefault(kind, []).append(SqlMutant(f"{node['name']}:{line}", kind, unique_id, changed))
    for pool in pools.values():
        draw.shuffle(pool)
    chosen: list[SqlMutant] = []
    taken: dict[str, int] = {}
    while len(chosen) < count and any(pools.values()):
        for pool in filter(None, pools.values()):
            mutant = min(pool, key=lambda each: taken.get(each.model, 0))
            pool.remove(mutant)
            taken[mutant.model] = taken.get(mutant.model, 0) + 1
            chosen.append(mutant)
    return chosen[:count]


def _picked(models: dict[str, Any]) -> Iterable[SqlMutant]:
    """Those that a person thought of; each says what stands in the model once, and what stands there instead."""
    by_name = {node["name"]: unique_id for unique_id, node in models.items()}
    for row in yaml.safe_load(PICKED.read_text()):
        code = models[by_name[row["model"]]]["raw_code"]
        if code.count(row["find"]) != 1:
            raise ValueError(f"{row['model']}: '{row['find']}' stands there {code.count(row['find'])} times, not once")
        changed = code.replace(row["find"], row["instead"])
        yield SqlMutant(f"{row['model']}: {row['what']}", "picked", by_name[row["model"]], changed)
