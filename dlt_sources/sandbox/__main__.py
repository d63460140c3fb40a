"""`python -m dlt_sources.sandbox`: simulates the company and serves its systems until it is interrupted."""

import argparse
import signal
import sys
import threading
from datetime import date

from dlt_sources.sandbox.company import ERROR_CLASSES, build_world
from dlt_sources.sandbox.faults import LABELS, SYSTEMS, Fault, UnknownFault
from dlt_sources.sandbox.serve import SandboxError, serve

_AS_OF_HELP = "the day the systems show; POST /_sandbox/clock moves it (default %(default)s)"
_ERRORS_HELP = "labelled errors in the data: all, none, or names with commas between (default %(default)s)"
_FAULT_HELP = f"a fault to start with, repeatable; systems: {', '.join(SYSTEMS)}; labels: {', '.join(LABELS)}"


def main(arguments: list[str] | None = None) -> int:
    """Serves until SIGINT or SIGTERM; returns the exit code. The first line printed is the address."""
    options = _parser().parse_args(arguments)
    try:
        world = build_world(options.seed, options.scale)
        running = serve(
            lambda day: world.as_of(day, options.errors),
            options.host,
            options.port,
            as_of=options.as_of,
            faults=options.fault,
        )
    except (SandboxError, ValueError) as error:  # ValueError: a scale or a day without a company
        print(error, file=sys.stderr)
        return 1
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with running:
        print(running.url, flush=True)
        stopped.wait()
    return 0


def _errors(text: str) -> str | list[str]:
    names = text.split(",")
    if text in ("all", "none"):
        return text
    if unknown := [name for name in names if name not in ERROR_CLASSES]:
        raise argparse.ArgumentTypeError(f"no error is called {unknown[0]!r}; there are {', '.join(ERROR_CLASSES)}")
    return names


def _fault(text: str) -> Fault:
    try:
        return Fault.parse(text)
    except UnknownFault as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dlt_sources.sandbox", description=__doc__)
    add = parser.add_argument
    add("--seed", type=int, default=7, help="another seed is another company (default %(default)s)")
    add("--scale", type=float, default=1, help="1 is about 100,000 journal lines (default %(default)s)")
    add("--as-of", type=date.fromisoformat, default=date(2026, 9, 30), metavar="DATE", help=_AS_OF_HELP)
    add("--errors", type=_errors, default="all", metavar="NAMES", help=_ERRORS_HELP)
    add(
        "--fault",
        type=_fault,
        action="append",
        default=[],
        metavar="SYSTEM:LABEL[:NTH][,FIELD=VALUE]",
        help=_FAULT_HELP,
    )
    add("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    add("--port", type=int, default=8765, help="port to listen on, 0 for a free one (default %(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
