"""Customer records of companies that are known: the same company several times, as people write it, and its likes.

Half the names are the sandbox company's, few words in many combinations: other companies differ by a syllable. The
rest are names as trade registers hold them. Every tenth company has a sister with nearly its name, and every tenth a
namesake abroad, with the domain of the house: those must stay apart. Ids of records say which company they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from dlt_sources.sandbox.company import parties

_SURNAMES = [
    "Müller",
    "Schröder",
    "Weiß",
    "Krüger",
    "Bauer",
    "Hoffmann",
    "Lindqvist",
    "Sørensen",
    "Dubois",
    "Lefèvre",
    "Moreau",
    "García",
    "Hernández",
    "Rossi",
    "Bianchi",
    "Ferrari",
    "Novak",
    "Kowalski",
    "Smith",
    "Johnson",
    "Hughes",
    "Bennett",
    "Turner",
    "MacLeod",
    "O'Brien",
    "Tanaka",
    "Yamamoto",
    "Kim",
    "Nguyen",
    "Petrov",
]
_TRADES = [
    "Maschinenbau",
    "Werkzeuge",
    "Logistik",
    "Metallbau",
    "Elektronik",
    "Pumpen",
    "Kunststoffe",
    "Medizintechnik",
    "Foods",
    "Textiles",
    "Chemicals",
    "Electronics",
    "Logistics",
    "Instruments",
    "Bearings",
    "Optics",
    "Plastics",
    "Controls",
    "Foundry",
    "Transport",
]
_LONG_FORMS = {
    "GmbH": "Gesellschaft mbH",
    "AG": "Aktiengesellschaft",
    "Ltd": "Limited",
    "Inc": "Incorporated",
    "Co Ltd": "Company Limited",
    "Pte Ltd": "Private Limited",
    "S.A.": "SA",
    "B.V.": "BV",
    "SAS": "S.A.S.",
    "S.p.A.": "SpA",
}
_SHORT_WORDS = {
    "Engineering": "Eng.",
    "Precision": "Prec.",
    "Industries": "Ind.",
    "Components": "Comp.",
    "Maschinenbau": "Masch.bau",
    "Electronics": "Electr.",
    "International": "Intl.",
    "Automotive": "Autom.",
}
_STREETS = [
    "Industriestrasse",
    "Bahnhofstrasse",
    "Hauptstrasse",
    "Station-Road",
    "High-Street",
    "Rue-Nationale",
    "Via-Roma",
    "Mill-",
    "Lane",
]
_FREE_MAIL = ("gmail.com", "gmx.de", "outlook.com")
_SISTERS = ["Services", "Holding", "Trading", "Leasing"]
SYSTEMS = (("erp", "erp"), ("crm", "crm"), ("billing", "billing"))


@dataclass(frozen=True)
class Company:
    """A company as it is."""

    label: int
    name: str
    legal_form: str
    country: str
    tax_id: str
    street: str
    postal_code: str
    city: str
    domain: str
    phone: str


def companies(count: int, random: np.random.Generator) -> list[Company]:
    """Return companies with sisters and namesakes among them."""
    found: list[Company] = []
    places = random.permutation(9000)[:count]
    for place in places:
        land = parties.COUNTRIES[int(random.integers(len(parties.COUNTRIES)))]
        if random.random() < 0.5:
            official = parties.names(np.array([int(place)]), np.array([0]))[0].as_py()
            name = official.removesuffix(" GmbH")
        else:
            first, second = random.choice(_SURNAMES, 2, replace=False)
            name = f"{first} {'& ' + second + ' ' if random.random() < 0.4 else ''}{random.choice(_TRADES)}"
        company = _company(len(found), name, land, random)
        found.append(company)
        if random.random() < 0.1:
            word = random.choice(_SISTERS)
            sister = _company(len(found), f"{name} {word}", land, random)
            found.append(replace(sister, domain=company.domain, city=company.city, postal_code=company.postal_code))
        elif random.random() < 0.1:
            abroad = parties.COUNTRIES[(parties.COUNTRIES.index(land) + 3) % len(parties.COUNTRIES)]
            found.append(replace(_company(len(found), name, abroad, random), domain=company.domain))
    return found


def _company(label: int, name: str, land: parties.Country, random: np.random.Generator) -> Company:
    return Company(
        label=label,
        name=name,
        legal_form=land.legal_form,
        country=land.code,
        tax_id=f"{land.code}{900_000_000 + label}",
        street=f"{random.choice(_STREETS)} {random.integers(1, 120)}",
        postal_code=str(random.integers(10_000, 99_999)),
        city=str(random.choice(land.cities)),
        domain="-".join(name.lower().replace("&", "").replace("'", "").split()[:2]) + f"{label % 7}.example",
        phone=f"+{random.integers(10, 99)} {random.integers(100, 999)} {random.integers(1_000_000, 9_999_999)}",
    )


def labelled_records(count: int, seed: int) -> pa.Table:
    """Return rows of all_customers for so many companies, with the column `label`."""
    random = np.random.default_rng(seed)
    rows = [record for company in companies(count, random) for record in _records(company, random)]
    columns = {name: pa.array([row[name] for row in rows]) for name in rows[0]}
    return pa.table(columns)


def _records(company: Company, random: np.random.Generator) -> Iterator[dict[str, object]]:
    for role, instance in SYSTEMS:
        if role != "erp" and random.random() < 0.35:
            continue
        is_exact = role == "erp"
        name = f"{company.name} {company.legal_form}" if is_exact else _as_typed(company, random)
        has_moved = not is_exact and random.random() < 0.1
        has_address = is_exact or random.random() < 0.7
        yield {
            "source_role": role,
            "source_instance": instance,
            "source_customer_id": f"{role[0]}{company.label}",
            "customer_name": name,
            "country_code": company.country if is_exact or random.random() < 0.97 else None,
            "tax_id": company.tax_id if (is_exact and random.random() < 0.9) or random.random() < 0.4 else None,
            "lei": None,
            "email_domain": _domain(company, is_exact, random),
            "street": None
            if not has_address or random.random() < 0.3
            else f"Neue Gasse {random.integers(1, 99)}"
            if has_moved
            else company.street,
            "postal_code": None
            if not has_address
            else str(random.integers(10_000, 99_999))
            if has_moved
            else company.postal_code,
            "city": None if not has_address else "Neustadt" if has_moved and random.random() < 0.5 else company.city,
            "phone": _phone(company, is_exact, random),
            "parent_source_customer_id": None,
            "currency_code": None,
            "is_deleted": False,
            "label": company.label,
        }


def _domain(company: Company, is_exact: bool, random: np.random.Generator) -> str | None:
    chance = random.random()
    if is_exact:
        return company.domain if chance < 0.3 else None
    if chance < 0.05:
        return f"brand-{company.label}.example"
    return company.domain if chance < 0.6 else str(random.choice(_FREE_MAIL)) if chance < 0.75 else None


def _phone(company: Company, is_exact: bool, random: np.random.Generator) -> str | None:
    if random.random() < 0.6:
        return None
    # A branch, or the person somebody talks to.
    return company.phone if is_exact or random.random() < 0.7 else f"{company.phone[:-4]}{random.integers(1000, 9999)}"


def _as_typed(company: Company, random: np.random.Generator) -> str:
    """The name of a company as somebody types it into another system."""
    words = company.name.split()
    kind = random.choice(
        ["same", "bare", "long", "upper", "slip", "two_slips", "short", "turned", "added", "dropped"],
        p=[0.2, 0.2, 0.1, 0.1, 0.13, 0.04, 0.08, 0.05, 0.06, 0.04],
    )
    if kind == "same":
        return f"{company.name} {company.legal_form}"
    if kind == "long":
        return f"{company.name} {_LONG_FORMS.get(company.legal_form, company.legal_form)}"
    if kind == "upper":
        return f"{company.name} {company.legal_form}".upper()
    if kind == "slip":
        return _slip(company.name, random)
    if kind == "two_slips":
        return _slip(_slip(company.name, random), random)
    if kind == "short":
        return " ".join(_SHORT_WORDS.get(word, word) for word in words)
    if kind == "turned":
        return " ".join([*words[1:], words[0]])
    if kind == "added":
        return f"{company.name} {random.choice(['International', 'Group', 'Europe'])}"
    # Without its last word a sister has the name of the other: nobody could know.
    if kind == "dropped" and len(words) > 2 and words[-1] not in _SISTERS:
        return " ".join(words[:-1])
    return company.name


def _slip(name: str, random: np.random.Generator) -> str:
    """The name with one letter left out, doubled, changed or swapped with the next."""
    place = int(random.integers(1, len(name) - 1))
    kind = random.integers(4)
    if kind == 0:
        return name[:place] + name[place + 1 :]
    if kind == 1:
        return name[:place] + name[place] + name[place:]
    if kind == 2:
        return name[:place] + str(random.choice(list("aeinrst"))) + name[place + 1 :]
    return name[:place] + name[place + 1] + name[place] + name[place + 2 :]
