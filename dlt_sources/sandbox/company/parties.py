"""Customers and suppliers. Their names, numbers and tax ids follow from their position alone, never from the seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dlt_sources.sandbox.company import days, text
from dlt_sources.sandbox.company.draws import scattered
from dlt_sources.sandbox.company.frame import Frame
from dlt_sources.sandbox.company.group import CURRENCY, ENTITIES, ENTITY_CODES


@dataclass(frozen=True)
class Country:
    """Where a party may sit: which entity deals with it, its currency, how companies and tax ids look there."""

    code: str
    entity: str
    currency: str
    legal_form: str
    tax_prefix: str
    tax_digits: int
    tax_suffix: str
    stripe_tax_type: str
    cities: tuple[str, str]


COUNTRIES = (
    Country("DE", "1010", "EUR", "GmbH", "DE", 9, "", "eu_vat", ("Munich", "Hamburg")),
    Country("AT", "1010", "EUR", "GmbH", "ATU", 8, "", "eu_vat", ("Linz", "Graz")),
    Country("CH", "1010", "CHF", "AG", "CHE", 9, "MWST", "ch_vat", ("Winterthur", "Basel")),
    Country("NL", "1010", "EUR", "B.V.", "NL", 9, "B01", "eu_vat", ("Eindhoven", "Rotterdam")),
    Country("FR", "1020", "EUR", "SAS", "FR", 11, "", "eu_vat", ("Lyon", "Toulouse")),
    Country("IT", "1020", "EUR", "S.p.A.", "IT", 11, "", "eu_vat", ("Bologna", "Turin")),
    Country("ES", "1020", "EUR", "S.A.", "ESB", 8, "", "eu_vat", ("Bilbao", "Valencia")),
    Country("GB", "1030", "GBP", "Ltd", "GB", 9, "", "gb_vat", ("Leeds", "Bristol")),
    Country("IE", "1030", "EUR", "Ltd", "IE", 8, "W", "eu_vat", ("Cork", "Galway")),
    Country("US", "2010", "USD", "Inc", "", 9, "", "us_ein", ("Detroit", "Milwaukee")),
    Country("MX", "2010", "USD", "S.A. de C.V.", "MXR", 9, "K7", "mx_rfc", ("Monterrey", "Puebla")),
    Country("CA", "2020", "CAD", "Ltd", "", 9, "RT0001", "ca_gst_hst", ("Hamilton", "Calgary")),
    Country("JP", "3010", "JPY", "KK", "T", 13, "", "jp_trn", ("Osaka", "Hamamatsu")),
    Country("KR", "3010", "USD", "Co Ltd", "", 10, "KR", "kr_brn", ("Ulsan", "Incheon")),
    Country("SG", "3020", "SGD", "Pte Ltd", "SG", 9, "M", "sg_gst", ("Jurong", "Tuas")),
    Country("AU", "3020", "AUD", "Pty Ltd", "", 11, "", "au_abn", ("Newcastle", "Geelong")),
)
# How many of 32 consecutive customers sit in each country.
_WEIGHTS = (7, 1, 2, 1, 3, 1, 1, 3, 1, 4, 1, 2, 2, 1, 1, 1)
_PATTERN = np.repeat(np.arange(len(COUNTRIES)), _WEIGHTS)
COUNTRY_ENTITY = np.array([ENTITY_CODES.index(country.entity) for country in COUNTRIES])
_CODES = [country.code for country in COUNTRIES]
_OWN_COUNTRY = np.array([_CODES.index(entity.country) for entity in ENTITIES])
COUNTRY_CURRENCY = np.array([CURRENCY[country.currency] for country in COUNTRIES])

_FIRST = (
    "Nord",
    "Rhein",
    "Alpen",
    "Atlas",
    "Boreal",
    "Castell",
    "Delta",
    "Edel",
    "Falken",
    "Gran",
    "Hanse",
    "Isar",
    "Juno",
    "Kappel",
    "Lumen",
    "Magna",
    "Nova",
    "Orion",
    "Prima",
    "Quadra",
    "Regal",
    "Sigma",
    "Terra",
    "Ultra",
    "Vega",
    "West",
    "Xeno",
    "York",
    "Zenit",
    "Aero",
    "Berg",
    "Corona",
    "Domus",
    "Elbe",
    "Fjord",
    "Gamma",
    "Helio",
)
_SECOND = (
    "tec",
    "form",
    "werk",
    "dyne",
    "cast",
    "metal",
    "motion",
    "tools",
    "craft",
    "gear",
    "press",
    "line",
    "parts",
    "fab",
    "steel",
    "drive",
    "mould",
    "turn",
    "cut",
)
_TRADE = (
    "Precision",
    "Automotive",
    "Aerospace",
    "Medical",
    "Energy",
    "Castings",
    "Components",
    "Engineering",
    "Industries",
    "Systems",
    "Hydraulics",
    "Robotics",
    "Packaging",
)

# Own companies are customers and suppliers of each other: positions 0..6. Then the customer that summarised
# postings of 3020 are booked to, and from there on the real ones.
COLLECTIVE = len(ENTITIES)
FIRST_CUSTOMER = COLLECTIVE + 1
FIRST_SUPPLIER = len(ENTITIES)
# Real customers without a tax id: mapped by hand, so they must exist at every scale.
CUSTOMERS_WITHOUT_TAX_ID = FIRST_CUSTOMER + np.array([11, 27, 43, 51])
_SMALLEST_NUMBER_OF_CUSTOMERS = 64
_SMALLEST_NUMBER_OF_SUPPLIERS = 28


def customers(scale: float) -> Frame:
    """All customers: entity, country, currency, parent (or -1), day of creation, whether a tax id is known."""
    count = FIRST_CUSTOMER + max(_SMALLEST_NUMBER_OF_CUSTOMERS, round(320 * scale))
    position = np.arange(count)
    number = position - FIRST_CUSTOMER
    country = _PATTERN[(number * 13) % 32]
    # Out of eight, the first may head a group of the next two.
    in_group = (number % 8 > 0) & (number % 8 < 3)
    parent = np.where(in_group, position - number % 8, -1)
    created = days.day("2016-01-04") + scattered(position, 11) % (days.day("2024-05-31") - days.day("2016-01-04"))
    # Every fifth was won later; those head no group.
    is_new = (number % 8 == 5) & (number >= 0)
    created = np.where(is_new, days.FIRST_DAY + scattered(position, 12) % (days.HORIZON - 60 - days.FIRST_DAY), created)
    special = position < FIRST_CUSTOMER
    affiliate = np.minimum(position, len(ENTITIES) - 1)
    country = np.where(special, _OWN_COUNTRY[affiliate], country)
    return Frame(
        country=country,
        entity=COUNTRY_ENTITY[country],
        currency=COUNTRY_CURRENCY[country],
        parent=np.where(special, -1, parent),
        created=days.working_day_from(np.where(special, days.day("2016-01-04"), created)),
        has_tax_id=~np.isin(position, CUSTOMERS_WITHOUT_TAX_ID) & (position != COLLECTIVE),
    )


def duplicates(frame: Frame) -> Frame:
    """Customers (position) that somebody entered a second time, in every system, until that was seen and undone."""
    # They stand outside groups, were there before, and have the tax id that shows who they are.
    number = np.arange(len(frame)) - FIRST_CUSTOMER
    customer = np.flatnonzero((number >= 0) & (number % 16 == 6) & frame.has_tax_id)
    made = days.FIRST_DAY + 20 + scattered(customer, 61) % (days.HORIZON - 100 - days.FIRST_DAY)
    made = days.working_day_from(made)
    return Frame(customer=customer, made=made, gone=days.working_day_from(made + 2 + scattered(customer, 62) % 40))


def known_on(frame: Frame, twice: Frame, day: int) -> Frame:
    """Records of customers made by the day: position, whether it is a duplicate, and when it was made and undone."""
    rows = np.flatnonzero(frame.created <= day)
    twice = twice.take(twice.made <= day)
    return Frame(
        customer=np.concatenate([rows, twice.customer]),
        is_duplicate=np.repeat([False, True], [len(rows), len(twice)]),
        made=np.concatenate([frame.created[rows], twice.made]),
        gone=np.concatenate([np.full(len(rows), days.NEVER), twice.gone]),
    )


def is_domestic(frame: Frame, rows: np.ndarray) -> np.ndarray:
    """Whether customers sit in the country of the entity that sells to them; exports bear no tax."""
    return frame.country[rows] == _OWN_COUNTRY[frame.entity[rows]]


def suppliers(scale: float) -> Frame:
    """All suppliers: entity that buys from them, country, currency, day of creation."""
    count = FIRST_SUPPLIER + max(_SMALLEST_NUMBER_OF_SUPPLIERS, round(112 * scale))
    position = np.arange(count)
    number = position - FIRST_SUPPLIER
    affiliate = np.clip(position, 0, len(ENTITIES) - 1)
    entity = np.where(number < 0, affiliate, number % len(ENTITIES))
    home = _OWN_COUNTRY[entity]
    # Every ninth sits abroad: Switzerland or the United States.
    abroad = np.array([_CODES.index("CH"), _CODES.index("US")])[number % 2]
    country = np.where((number >= 0) & (number % 9 == 4), abroad, home)
    return Frame(
        entity=entity,
        country=country,
        currency=COUNTRY_CURRENCY[country],
        created=days.working_day_from(days.day("2016-01-04") + scattered(position, 21) % 3000),
    )


def names(positions: np.ndarray, country: np.ndarray, salt: int = 0) -> pa.StringArray:
    """A company name per position: two syllables, a trade, the legal form of the country; no two are equal."""
    spread = np.asarray(positions) * 1009 + salt
    combinations = len(_FIRST) * len(_SECOND) * len(_TRADE)
    generation = np.asarray(positions) // combinations
    return text.joined(
        text.chosen(list(_FIRST), spread % len(_FIRST)),
        text.chosen(list(_SECOND), spread // len(_FIRST) % len(_SECOND)),
        " ",
        text.chosen(list(_TRADE), spread // (len(_FIRST) * len(_SECOND)) % len(_TRADE)),
        text.where(generation > 0, text.joined(" ", text.plain(generation + 1)), ""),
        " ",
        text.chosen([land.legal_form for land in COUNTRIES], country),
    )


def customer_names(frame: Frame, rows: np.ndarray) -> pa.StringArray:
    """Official names; own companies bear theirs."""
    special = [entity.name for entity in ENTITIES] + ["Subscription customers Singapore (collective)"]
    number = np.maximum(rows - FIRST_CUSTOMER, 0)
    return text.where(
        rows < FIRST_CUSTOMER, text.chosen(special, np.minimum(rows, COLLECTIVE)), names(number, frame.country[rows])
    )


def postal_codes(rows: np.ndarray) -> pa.StringArray:
    """Where parties get their post, five digits whatever the country."""
    return text.padded(10_000 + scattered(rows, 51) % 89_999, 5)


def cities(frame: Frame, rows: np.ndarray) -> pa.StringArray:
    """The city each customer sits in."""
    return text.chosen([city for land in COUNTRIES for city in land.cities], frame.country[rows] * 2 + rows % 2)


def supplier_names(frame: Frame, rows: np.ndarray) -> pa.StringArray:
    """Official names; own companies bear theirs."""
    number = np.maximum(rows - FIRST_SUPPLIER, 0)
    own = text.chosen([entity.name for entity in ENTITIES], np.minimum(rows, len(ENTITIES) - 1))
    return text.where(rows < FIRST_SUPPLIER, own, names(number, frame.country[rows], salt=500_017))


def tax_ids(rows: np.ndarray, country: np.ndarray, salt: int = 0) -> pa.StringArray:
    """Tax ids as the tax office writes them (upper case, no blanks), unique over all parties."""
    digits = (np.asarray(rows) * 618_033_989 + 123_456_789 + salt) % 10**9
    tails = [text.padded(digits % 10 ** min(land.tax_digits, 9), land.tax_digits) for land in COUNTRIES]
    # Eight digits would repeat after 10^8 customers: far beyond any scale.
    body = pc.choose(pa.array(country), *tails)
    return text.joined(
        text.chosen([land.tax_prefix for land in COUNTRIES], country),
        body,
        text.chosen([land.tax_suffix for land in COUNTRIES], country),
    )


def customer_tax_ids(frame: Frame, rows: np.ndarray) -> pa.StringArray:
    """Tax ids, null where none is known; own companies have the entity's."""
    own = text.chosen([entity.vat_number for entity in ENTITIES], np.minimum(rows, len(ENTITIES) - 1))
    number = text.where(rows < len(ENTITIES), own, tax_ids(rows, frame.country[rows]))
    return text.where(frame.has_tax_id[rows], number, None)


def supplier_tax_ids(frame: Frame, rows: np.ndarray) -> pa.StringArray:
    """Tax ids of suppliers; own companies have the entity's."""
    own = text.chosen([entity.vat_number for entity in ENTITIES], np.minimum(rows, len(ENTITIES) - 1))
    return text.where(rows < FIRST_SUPPLIER, own, tax_ids(rows, frame.country[rows], salt=500_000_000))


def customer_numbers(rows: np.ndarray) -> pa.StringArray:
    """Customer numbers in SAP: ten digits; own companies and the collective customer have a range of their own."""
    own = np.array([int(code) for code in ENTITY_CODES] + [3020_00])
    special = 900_000 + own[np.minimum(rows, COLLECTIVE)]
    return text.padded(np.where(rows < FIRST_CUSTOMER, special, 100_000 + rows - FIRST_CUSTOMER), 10)


def supplier_numbers(rows: np.ndarray) -> pa.StringArray:
    """Supplier numbers in SAP."""
    own = np.array([int(code) for code in ENTITY_CODES])
    special = 950_000 + own[np.minimum(rows, len(ENTITIES) - 1)]
    return text.padded(np.where(rows < FIRST_SUPPLIER, special, 30_000_000 + rows - FIRST_SUPPLIER), 10)


def crm_account_ids(rows: np.ndarray) -> pa.StringArray:
    """Salesforce account ids of customers."""
    return text.salesforce_ids("001", np.asarray(rows) + 7_000)


def stripe_customer_ids(rows: np.ndarray) -> pa.StringArray:
    """Stripe customer ids."""
    return text.stripe_ids("cus", rows)


def chargebee_customer_ids(rows: np.ndarray) -> pa.StringArray:
    """Chargebee customer ids."""
    return text.chargebee_ids("", rows)


def zuora_account_ids(rows: np.ndarray) -> pa.StringArray:
    """Zuora account ids of customers."""
    return text.zuora_ids("account", rows)


def duplicate_numbers(rows: np.ndarray) -> pa.StringArray:
    """Customer numbers in SAP of the second records."""
    return text.padded(700_000 + np.asarray(rows) - FIRST_CUSTOMER, 10)


def duplicate_account_ids(rows: np.ndarray) -> pa.StringArray:
    """Salesforce account ids of the second records."""
    return text.salesforce_ids("001", np.asarray(rows) + 4_000_000)


def duplicate_stripe_ids(rows: np.ndarray) -> pa.StringArray:
    """Stripe customer ids of the second records."""
    return text.stripe_ids("cus", np.asarray(rows) + 4_000_000)


def duplicate_chargebee_ids(rows: np.ndarray) -> pa.StringArray:
    """Chargebee customer ids of the second records."""
    return chargebee_customer_ids(np.asarray(rows) + 4_000_000)


def duplicate_zuora_ids(rows: np.ndarray) -> pa.StringArray:
    """Zuora account ids of the second records."""
    return zuora_account_ids(np.asarray(rows) + 4_000_000)
