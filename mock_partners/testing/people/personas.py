"""The people of a world: invented, with numbers that check, and everything each outside party knows about them.

Data only: `world.py` hands each party the part that is its own. Histories are told in months and days before the
world began, so that they age as its clock moves. Phones are from a block of zeros; area codes are the region's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from partner_adapters.kit.values.check_digits import (
    id_number_check,
    luhn_check,
    organisation_check,
    uscc_check,
)

YUAN = 100
Occupation = Literal["farmer", "sole_trader", "owner", "employee", "other"]


@dataclass(frozen=True)
class Card:
    """A bank card as its issuer knows it. Only a class I debit card may be bound."""

    number: str
    kind: Literal["debit", "credit"]
    account_class: Literal["I", "II"]
    balance_fen: int


@dataclass(frozen=True)
class Household:
    """The bank's list: the village review's and the visit's result."""

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
    name: str
    uscc: str


@dataclass(frozen=True)
class Person:
    """One persona; `story` says what its way through the product is, for testers."""

    key: str
    name: str
    name_en: str
    partner: str
    """The app that the person is at home in; every other host of the same bank knows them, too."""
    id_number: str
    phone: str
    occupation: Occupation
    address: str
    story: dict[str, str]
    cards: tuple[Card, ...]
    household: Household | None = None
    credit: Credit = Credit()
    courts: Courts = Courts()
    business: Business | None = None
    company: Business | None = None
    """The company whose legal representative the person is."""
    elder: bool = False
    """The host hands elder mode over."""


def id_number(area: str, born: date, sequence: int) -> str:
    """An id number that checks; an odd `sequence` is a man's, an even one a woman's."""
    first17 = f"{area}{born:%Y%m%d}{sequence:03d}"
    return first17 + id_number_check(first17)


def card_number(prefix: str, length: int, last_four: str) -> str:
    """A card number of `length` digits from `prefix` to `last_four` that passes Luhn."""
    room = length - len(prefix) - len(last_four)
    for filler in range(10):
        number = prefix + str(filler).zfill(room) + last_four
        if luhn_check(number[:-1]) == number[-1]:
            return number
    raise AssertionError("one of ten fillers always fits")


def uscc(area: str, serial: int, kind: Literal["91", "92"] = "92") -> str:
    """A unified social credit code that checks twice: of a sole trader (92) or a company (91)."""
    organisation = f"MA{serial:06d}"
    first17 = f"{kind}{area}{organisation}{organisation_check(organisation)}"
    return first17 + uscc_check(first17)


BOC, ICBC, ABC, CCB, PSBC = "621660", "622202", "622848", "621700", "622188"


def debit(prefix: str, last_four: str, yuan: int, account_class: Literal["I", "II"] = "I") -> Card:
    return Card(card_number(prefix, 19, last_four), "debit", account_class, yuan * YUAN)


PEOPLE: tuple[Person, ...] = (
    Person(
        key="li_xiuying",
        name="李秀英",
        name_en="Li Xiuying",
        partner="lyg",
        id_number=id_number("320722", date(1979, 5, 12), 24),
        phone="19900000001",
        occupation="farmer",
        address="江苏省连云港市东海县石湖乡示例村3组18号",
        story={"zh": "种植户，在预授信名单上，可借80,000元", "en": "Farmer on the list, may borrow 80,000"},
        cards=(
            debit(BOC, "1234", 5_000),
            debit(CCB, "7788", 300, "II"),
            Card(card_number("622575", 16, "4321"), "credit", "I", 0),
        ),
        household=Household(
            village="示例村",
            product_code="sunshine_e_micro",
            score=84,
            reviewers=5,
            visited_days_ago=60,
            net_income_fen=60_000 * YUAN,
            existing_debt_fen=10_000 * YUAN,
        ),
        credit=Credit(
            hard_queries_days_ago=(150,),
            unsecured_lenders=1,
            card_use_percent=22,
            unsecured_debt_fen=10_000 * YUAN,
        ),
    ),
    Person(
        key="wang_qiang",
        name="王强",
        name_en="Wang Qiang",
        partner="haian",
        id_number=id_number("320621", date(1986, 9, 3), 17),
        phone="19900000002",
        occupation="sole_trader",
        address="江苏省南通市海安市城东镇示例路66号",
        story={"zh": "个体工商户，海安渠道，在名单上", "en": "Sole trader in Hai'an, on the list"},
        cards=(debit(ICBC, "5566", 20_000),),
        household=Household(
            village="示例社区",
            product_code="sunshine_e_micro",
            score=91,
            reviewers=6,
            visited_days_ago=45,
            net_income_fen=120_000 * YUAN,
            existing_debt_fen=30_000 * YUAN,
        ),
        credit=Credit(
            hard_queries_days_ago=(40, 130),
            unsecured_lenders=2,
            card_use_percent=35,
            unsecured_debt_fen=30_000 * YUAN,
        ),
        business=Business("海安市城东镇王强五金店", uscc("320685", 31)),
    ),
    Person(
        key="zhao_min",
        name="赵敏",
        name_en="Zhao Min",
        partner="lyg",
        id_number=id_number("320706", date(1990, 2, 20), 42),
        phone="19900000003",
        occupation="sole_trader",
        address="江苏省连云港市海州区示例街道12号",
        story={
            "zh": "在名单上，但近24个月有7个月逾期：拒绝",
            "en": "On the list, 7 late months in 24: declined",
        },
        cards=(debit(ABC, "9012", 8_000),),
        household=Household(
            village="示例社区",
            product_code="sunshine_e_micro",
            score=76,
            reviewers=4,
            visited_days_ago=80,
            net_income_fen=50_000 * YUAN,
            existing_debt_fen=26_000 * YUAN,
        ),
        credit=Credit(
            late=((6, 1), (9, 1), (13, 2), (14, 1), (17, 1), (20, 2), (21, 1)),
            hard_queries_days_ago=(20, 75, 100),
            unsecured_lenders=4,
            card_use_percent=64,
            unsecured_debt_fen=26_000 * YUAN,
        ),
    ),
    Person(
        key="sun_li",
        name="孙丽",
        name_en="Sun Li",
        partner="lyg",
        id_number=id_number("320707", date(1993, 11, 8), 66),
        phone="19900000004",
        occupation="employee",
        address="江苏省连云港市赣榆区示例镇5号",
        story={"zh": "不在预授信名单上", "en": "Not on the pre-credit list"},
        cards=(debit(CCB, "3456", 12_000),),
        credit=Credit(unsecured_lenders=1, card_use_percent=15, unsecured_debt_fen=6_000 * YUAN),
    ),
    Person(
        key="zhou_guohua",
        name="周国华",
        name_en="Zhou Guohua",
        partner="haian",
        id_number=id_number("320621", date(1959, 3, 15), 31),
        phone="19900000005",
        occupation="farmer",
        address="江苏省南通市海安市曲塘镇示例村9组2号",
        story={"zh": "67岁，超过年龄上限", "en": "67 years old, above the age limit"},
        cards=(debit(ABC, "6677", 15_000),),
        household=Household(
            village="示例村",
            product_code="sunshine_e_micro",
            score=88,
            reviewers=5,
            visited_days_ago=50,
            net_income_fen=40_000 * YUAN,
            existing_debt_fen=0,
        ),
    ),
    Person(
        key="chen_jianguo",
        name="陈建国",
        name_en="Chen Jianguo",
        partner="lyg",
        id_number=id_number("320723", date(1975, 7, 30), 53),
        phone="19900000006",
        occupation="owner",
        address="江苏省连云港市灌云县示例镇工业路8号",
        story={"zh": "有未结重大诉讼：转人工", "en": "Defendant in an open case of weight: referred"},
        cards=(debit(ICBC, "2468", 60_000),),
        household=Household(
            village="示例村",
            product_code="sunshine_e_micro",
            score=82,
            reviewers=5,
            visited_days_ago=70,
            net_income_fen=100_000 * YUAN,
            existing_debt_fen=20_000 * YUAN,
        ),
        credit=Credit(unsecured_lenders=1, card_use_percent=30, unsecured_debt_fen=20_000 * YUAN),
        courts=Courts(material_defendant=1),
    ),
    Person(
        key="liu_yang",
        name="刘洋",
        name_en="Liu Yang",
        partner="lyg",
        id_number=id_number("320724", date(1988, 12, 1), 75),
        phone="19900000007",
        occupation="farmer",
        address="江苏省连云港市灌南县示例镇示例村1组6号",
        story={"zh": "银行卡里只有3.00元：充值会因余额不足失败", "en": "Card holds 3.00: top-ups fail"},
        cards=(debit(PSBC, "1357", 3),),
        household=Household(
            village="示例村",
            product_code="sunshine_e_micro",
            score=72,
            reviewers=4,
            visited_days_ago=30,
            net_income_fen=45_000 * YUAN,
            existing_debt_fen=5_000 * YUAN,
        ),
        credit=Credit(unsecured_lenders=1, card_use_percent=10, unsecured_debt_fen=5_000 * YUAN),
    ),
    Person(
        key="wu_guilan",
        name="吴桂兰",
        name_en="Wu Guilan",
        partner="lyg",
        id_number=id_number("320722", date(1963, 10, 6), 88),
        phone="19900000008",
        occupation="farmer",
        address="江苏省连云港市东海县示例镇示例村7组3号",
        story={"zh": "63岁，App开着长辈模式", "en": "63, the app is in elder mode"},
        cards=(debit(ABC, "8642", 9_000),),
        household=Household(
            village="示例村",
            product_code="sunshine_e_micro",
            score=80,
            reviewers=6,
            visited_days_ago=55,
            net_income_fen=30_000 * YUAN,
            existing_debt_fen=0,
        ),
        elder=True,
    ),
    Person(
        key="xu_haifeng",
        name="徐海峰",
        name_en="Xu Haifeng",
        partner="haian",
        id_number=id_number("320621", date(1982, 4, 18), 19),
        phone="19900000009",
        occupation="owner",
        address="江苏省南通市海安市开发区示例路9号",
        story={
            "zh": "公司法定代表人，用企业网银，不在名单上",
            "en": "Legal representative, corporate e-bank, not on the list",
        },
        cards=(debit(CCB, "5151", 40_000),),
        credit=Credit(unsecured_lenders=1, card_use_percent=20, unsecured_debt_fen=15_000 * YUAN),
        company=Business("海安示例纺织有限公司", uscc("320685", 77, "91")),
    ),
)


def person(key: str) -> Person:
    """By key, such as `li_xiuying`. Raises KeyError."""
    return {one.key: one for one in PEOPLE}[key]
