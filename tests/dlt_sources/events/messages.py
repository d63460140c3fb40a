"""Events as senders write them."""

from __future__ import annotations

import json
from typing import Any


def event(event_id: str = "evt_1", **changes: Any) -> str:
    """One event of an invoice as a line; `changes` replace attributes, those of `data` its members."""
    data = {"amount": "119.00", "currency": "EUR", "entity": "1010", "version": 1, **changes.pop("data", {})}
    attributes = {
        "specversion": "1.0",
        "id": event_id,
        "source": "billing_group",
        "type": "finance.invoice.changed",
        "subject": "in_1",
        "time": "2026-10-01T09:00:00Z",
        "data": data,
    }
    return json.dumps({name: value for name, value in {**attributes, **changes}.items() if value is not None})
