"""What the company sells: machines, spare parts, service contracts, cloud plans and metered usage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlt_sources.sandbox.company.chart import ACCOUNT

FAMILIES = (
    ("MILLING", "Milling machines"),
    ("TURNING", "Turning machines"),
    ("LASER", "Laser cutting machines"),
    ("PARTS", "Spare parts"),
    ("SERVICE", "Service contracts"),
    ("CLOUD", "Cloud subscriptions"),
)


@dataclass(frozen=True)
class Product:
    """A product; `price` is the list price in euro (a month's for subscriptions), `cost` per mille of the price."""

    code: str
    name: str
    family: str
    price: int
    cost: int = 0

    @property
    def material(self) -> str:
        """The number in SAP: purely numeric ones are padded to 18 digits there."""
        return self.code.zfill(18) if self.code.isdigit() else self.code


PRODUCTS = (
    Product("MX-1000", "Meridian MX 1000 milling centre", "MILLING", 98_000, 590),
    Product("MX-2000", "Meridian MX 2000 milling centre", "MILLING", 164_000, 570),
    Product("MX-5000", "Meridian MX 5000 five-axis centre", "MILLING", 312_000, 550),
    Product("TR-300", "Meridian TR 300 lathe", "TURNING", 72_000, 610),
    Product("TR-600", "Meridian TR 600 turning centre", "TURNING", 138_000, 580),
    Product("LC-40", "Meridian LC 40 laser cutter", "LASER", 121_000, 600),
    Product("LC-80", "Meridian LC 80 laser cutter", "LASER", 236_000, 560),
    # Older part numbers are digits only.
    Product("100200", "Spindle kit", "PARTS", 4_200, 480),
    Product("100310", "Tool changer arm", "PARTS", 2_900, 500),
    Product("100450", "Laser lens set", "PARTS", 1_350, 450),
    Product("SVC-BASIC", "Service contract Basic", "SERVICE", 260),
    Product("SVC-PLUS", "Service contract Plus", "SERVICE", 430),
    Product("SVC-PREMIUM", "Service contract Premium", "SERVICE", 690),
    Product("CLD-START", "Meridian Cloud Start", "CLOUD", 35),
    Product("CLD-PRO", "Meridian Cloud Pro", "CLOUD", 60),
    Product("CLD-ENT", "Meridian Cloud Enterprise", "CLOUD", 95),
    Product("CLD-ONBOARD", "Cloud onboarding", "CLOUD", 1_500),
    Product("CLD-MINUTES", "Machine minutes analysed", "CLOUD", 0),
)
# Products in no mapping: only the error `missing_product_mapping` sells them, one per entity code.
UNMAPPED_PRODUCTS = tuple(
    Product(code, f"Meridian {code.replace('-', ' ')} prototype", "MILLING", 0)
    for code in ("MX-9100", "MX-9200", "MX-9300")
)
ALL_PRODUCTS = PRODUCTS + UNMAPPED_PRODUCTS
CODES = [product.code for product in ALL_PRODUCTS]
PRODUCT = {code: position for position, code in enumerate(CODES)}
PRICES = np.array([product.price for product in ALL_PRODUCTS])
COST_PER_MILLE = np.array([product.cost for product in ALL_PRODUCTS])
MACHINE_PRODUCTS = np.arange(0, 7)
PART_PRODUCTS = np.arange(7, 10)
# Plans of one kind from the smallest to the largest.
SERVICE_PLANS = np.arange(10, 13)
CLOUD_PLANS = np.arange(13, 16)
ONBOARDING = PRODUCT["CLD-ONBOARD"]
MINUTES = PRODUCT["CLD-MINUTES"]
# What is billed by subscription, whichever vendor bills it.
IS_SUBSCRIBED = np.array([product.family in ("SERVICE", "CLOUD") for product in ALL_PRODUCTS])

_REVENUE = {
    "MILLING": "MACHINE_REVENUE",
    "TURNING": "MACHINE_REVENUE",
    "LASER": "MACHINE_REVENUE",
    "PARTS": "PARTS_REVENUE",
    "SERVICE": "SERVICE_REVENUE",
    "CLOUD": "CLOUD_REVENUE",
}
REVENUE_ACCOUNT = np.array([ACCOUNT[_REVENUE[product.family]] for product in ALL_PRODUCTS])
REVENUE_ACCOUNT[MINUTES] = ACCOUNT["USAGE_REVENUE"]

# Billing intervals in months, with the discount for paying longer ahead in per mille.
INTERVALS = np.array([1, 3, 12])
INTERVAL_DISCOUNT = np.array([0, 20, 80])
# One machine minute costs this many hundredths of a minor unit at a price level of 1.
MINUTE_PRICE = 125
