"""The import rules of the design hold: who may know whom, as written in pyproject.toml."""

import subprocess
import sys
from pathlib import Path


def test_every_import_follows_the_rules_of_the_design():
    # In a process of its own: the linter switches off the loggers of the one it runs in.
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
