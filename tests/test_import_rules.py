"""The import rules of the design hold: who may know whom, as written in pyproject.toml."""

from importlinter.cli import lint_imports


def test_every_import_follows_the_rules_of_the_design():
    assert lint_imports(no_cache=True) == 0
