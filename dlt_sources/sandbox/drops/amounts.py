"""Amounts as text, from whole minor units."""

from dlt_sources.sandbox.company.group import CURRENCY, MINOR_UNITS


def units(minor: int, currency: str) -> str:
    """Currency units with as many decimals as the currency has, with a point: -12.50, 1200."""
    decimals = int(MINOR_UNITS[CURRENCY[currency]])
    if not decimals:
        return str(minor)
    whole, rest = divmod(abs(minor), 10**decimals)
    return f"{'-' if minor < 0 else ''}{whole}.{rest:0{decimals}d}"
