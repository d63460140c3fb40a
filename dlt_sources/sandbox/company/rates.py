"""Euro reference rates as a random walk on TARGET working days, and exact conversion between minor units."""

from __future__ import annotations

import numpy as np

from dlt_sources.sandbox.company import days
from dlt_sources.sandbox.company.draws import Draws
from dlt_sources.sandbox.company.group import CURRENCIES, LOCAL_CURRENCY, MINOR_UNITS

# Currency, rate at the start, decimals the ECB prints, daily volatility in millionths.
QUOTED = (
    ("USD", 1.0956, 4, 4200),
    ("JPY", 158.24, 2, 5200),
    ("BGN", 1.9558, 4, 0),
    ("CZK", 24.7, 3, 2100),
    ("DKK", 7.4545, 4, 60),
    ("GBP", 0.86621, 5, 3300),
    ("HUF", 382.5, 2, 4300),
    ("PLN", 4.3495, 4, 3200),
    ("RON", 4.9721, 4, 300),
    ("SEK", 11.148, 4, 3900),
    ("CHF", 0.9321, 4, 3200),
    ("ISK", 150.7, 1, 2500),
    ("NOK", 11.238, 4, 4700),
    ("TRY", 32.6, 4, 6500),
    ("AUD", 1.6289, 4, 4600),
    ("BRL", 5.3618, 4, 7400),
    ("CAD", 1.4616, 4, 3600),
    ("CNY", 7.8264, 4, 3500),
    ("HKD", 8.5565, 4, 4100),
    ("IDR", 17012.0, 2, 4000),
    ("ILS", 3.9768, 4, 5800),
    ("INR", 91.19, 4, 3600),
    ("KRW", 1427.5, 2, 4400),
    ("MXN", 18.61, 4, 7000),
    ("MYR", 5.0612, 4, 4000),
    ("NZD", 1.7508, 4, 4900),
    ("PHP", 61.12, 3, 3900),
    ("SGD", 1.4602, 4, 2700),
    ("THB", 37.84, 3, 4300),
    ("ZAR", 20.31, 4, 7600),
)
# Ended before this history begins: the file still has their columns.
ENDED = ("CYP", "EEK", "LTL", "LVL", "MTL", "ROL", "SIT", "SKK", "HRK", "RUB", "TRL")
# The lev was replaced by the euro at the end of 2025.
LAST_QUOTE = {"BGN": days.day("2025-12-31")}
FIRST_QUOTE = days.day("2024-01-02")


class Rates:
    """One euro in every quoted currency, per TARGET working day, as the whole number of its last printed decimal."""

    def __init__(self, draws: Draws):
        everyday = np.arange(FIRST_QUOTE, days.HORIZON + 1)
        self.days = everyday[days.is_working_day(everyday)]
        steps = draws.stream("rates").normal(size=(len(QUOTED), len(self.days)))
        steps[:, 0] = 0
        # Pulled gently home, so that no walk of years ends in an absurd place.
        self.quotes = {}
        for row, (currency, start, decimals, volatility) in enumerate(QUOTED):
            walk = np.cumsum(steps[row]) * (volatility / 1_000_000)
            level = start * np.exp(walk * np.exp(-np.abs(walk)))
            self.quotes[currency] = np.maximum(1, np.rint(level * 10**decimals)).astype(np.int64)
        self.decimals = {currency: decimals for currency, _, decimals, _ in QUOTED}
        # Rate and decimals of the company's currencies for every calendar day: the last quote up to that day.
        last_quote = np.searchsorted(self.days, np.arange(FIRST_QUOTE, days.HORIZON + 1), side="right") - 1
        self._spot = np.ones((len(CURRENCIES), len(last_quote)), dtype=np.int64)
        self._digits = np.zeros(len(CURRENCIES), dtype=np.int64)
        for position, currency in enumerate(CURRENCIES):
            if currency in self.quotes:
                self._spot[position] = self.quotes[currency][last_quote]
                self._digits[position] = self.decimals[currency]

    def converted(self, amount: np.ndarray, source: np.ndarray, target: np.ndarray, on: np.ndarray) -> np.ndarray:
        """Amounts in minor units of `target` at the spot of the day, rounded half away from zero; exact integers.

        amount × rate(target) / rate(source), each rate being units of the currency per euro. Days after the horizon
        take its last rate.
        """
        column = np.minimum(np.asarray(on), days.HORIZON) - FIRST_QUOTE
        exponent = (MINOR_UNITS[target] + self._digits[source]) - (MINOR_UNITS[source] + self._digits[target])
        numerator = self._spot[target, column] * 10 ** np.maximum(exponent, 0)
        denominator = self._spot[source, column] * 10 ** np.maximum(-exponent, 0)
        return scaled(amount, numerator, denominator)

    def local(self, amount: np.ndarray, currency: np.ndarray, entity: np.ndarray, on: np.ndarray) -> np.ndarray:
        """Amounts in the entities' local currencies at the spot of the day."""
        return self.converted(amount, currency, LOCAL_CURRENCY[entity], on)


def scaled(amount: np.ndarray, numerator: np.ndarray | int, denominator: np.ndarray | int) -> np.ndarray:
    """amount × numerator / denominator, rounded half away from zero, without leaving whole numbers.

    Quotient and remainder are scaled apart, so amounts up to 10^12 minor units and factors up to 10^9 do not overflow.
    """
    whole, rest = np.divmod(np.abs(amount), denominator)
    return np.sign(amount) * (whole * numerator + (2 * rest * numerator + denominator) // (2 * np.asarray(denominator)))
