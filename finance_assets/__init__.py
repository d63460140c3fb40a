"""The finance data platform: what exists (`defs`), how it works (`lib`), what it remembers (`control`)."""

import os

# The tools below phone home unless told otherwise, and read this only when they are imported.
for _switch, _value in {
    "DAGSTER_DISABLE_TELEMETRY": "1",
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DO_NOT_TRACK": "1",
}.items():
    os.environ.setdefault(_switch, _value)
