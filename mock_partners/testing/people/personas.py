"""The personas of a world: invented people, and everything that each outside party knows about them.

Each persona is a TOML file beside this one. `registrations/parties.py` hands each party its own part of the data.
Histories are given in months and days before the world began, so they age as its clock moves.
"""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter

Occupation = Literal["farmer", "sole_trader", "owner", "employee", "other"]


@dataclass(frozen=True)
class Card:
    """A bank card as its issuer knows it. Only a class I debit card may be bound. `phone`: "" for the holder's own."""

    number: str
    kind: Literal["debit", "credit"]
    account_class: Literal["I", "II"]
    balance_fen: int
    phone: str = ""


@dataclass(frozen=True)
class Household:
    """An entry of the bank's list: the result of village review and visit."""

    village: str
    product_code: str
    score: int
    reviewers: int
    visited_days_ago: int
    net_income_fen: int
    existing_debt_fen: int
    vetoed: bool = False
    valid_days: int = 365


@dataclass(frozen=True)
class Credit:
    """The credit bureau's file. `late`: (months ago, instalments late then)."""

    late: tuple[tuple[int, int], ...] = ()
    hard_queries_days_ago: tuple[int, ...] = ()
    # After a loan was granted, and the person's own, in turn.
    soft_queries_days_ago: tuple[int, ...] = ()
    unsecured_lenders: int = 0
    card_use_percent: int = 0
    unsecured_debt_fen: int = 0
    overdue_now: int = 0
    bad_debt: bool = False


@dataclass(frozen=True)
class Courts:
    dishonest: bool = False
    open_enforcements: int = 0
    material_defendant: int = 0


@dataclass(frozen=True)
class Business:
    """A business as the registry has it. `industry`: a code of GB/T 4754."""

    name: str
    uscc: str
    kind: Literal["individual", "company"] = "individual"
    established_months_ago: int = 60
    representative_months_ago: int = 60
    industry: str = "5299"
    industry_name: str = "其他未列明零售业"
    address: str = ""
    share_percent: int = 100


@dataclass(frozen=True)
class Tax:
    """The tax bureau's file of the person's business or company. `skipped_months_ago`: without any tax."""

    level: Literal["A", "B", "M", "C", "D"]
    yearly_tax_fen: int
    yearly_revenue_fen: int
    growth_percent: int = 0
    skipped_months_ago: tuple[int, ...] = ()
    arrears_fen: int = 0


@dataclass(frozen=True)
class Contributions:
    """To housing fund or social insurance, on a monthly base. `self_paid`: without an employer."""

    employer: str
    base_fen: int
    since_months_ago: int
    self_paid: bool = False


@dataclass(frozen=True)
class Person:
    """One persona. `story` tells testers how this person fares in the product."""

    key: str
    name: str
    name_en: str
    # The app that the person is at home in; every other host of the same bank knows them, too.
    partner: str
    id_number: str
    # As it stands on the back of the identity card: `2036.04.02`, or 长期.
    id_card_until: str
    phone: str
    occupation: Occupation
    address: str
    story: dict[str, str]
    cards: tuple[Card, ...]
    household: Household | None = None
    credit: Credit = Credit()
    courts: Courts = Courts()
    business: Business | None = None
    # The company whose legal representative the person is.
    company: Business | None = None
    tax: Tax | None = None
    housing_fund: Contributions | None = None
    social_insurance: Contributions | None = None
    # The host hands elder mode over.
    elder: bool = False

    @property
    def issued_cards(self) -> list[dict[str, Any]]:
        """The person's cards as the card network's settings name them."""
        holder = {"name": self.name, "id_number": self.id_number}
        return [{**asdict(card), **holder, "phone": card.phone or self.phone} for card in self.cards]


# In the order in which a host's sign-in page offers them.
KEYS = (
    "li_xiuying",
    "wang_qiang",
    "zhao_min",
    "sun_li",
    "zhou_guohua",
    "chen_jianguo",
    "liu_yang",
    "wu_guilan",
    "xu_haifeng",
    "yang_ju",
    "gao_ming",
    "qian_lan",
    "ye_chunhua",
    "he_jiamin",
    "gu_zhe",
    "anna_weber",
)


def _read(key: str) -> Person:
    text = (Path(__file__).parent / f"{key}.toml").read_text("utf-8")
    return TypeAdapter(Person).validate_python({"key": key, **tomllib.loads(text)})


PEOPLE: tuple[Person, ...] = tuple(map(_read, KEYS))


def person(key: str) -> Person:
    """Return the persona with this key, such as `li_xiuying`. Raises KeyError."""
    return {persona.key: persona for persona in PEOPLE}[key]
