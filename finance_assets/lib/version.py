"""Which code is running."""

from __future__ import annotations

import subprocess
from functools import cache
from importlib.metadata import version

from finance_assets.lib.project import REPOSITORY


@cache
def code_version() -> str:
    """Return git's description of the working tree, or the package version outside a repository."""
    command = ["git", "describe", "--always", "--dirty", "--tags"]
    try:
        answer = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return version("finance-assets")
    return answer.stdout.strip()
