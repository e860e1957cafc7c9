"""Two thousand people and businesses, made from one seed. Each is made alone, by its number, and is always the same.

The area code of their identity numbers begins with 20, which no province has, and ends in the person's number. Check
digits are valid.
"""

from __future__ import annotations

import random
from functools import lru_cache

from mock_partners.outside.data_sources.settings import (
    BusinessFile,
    ContributionFile,
    CourtFile,
    CreditFile,
    KnownPerson,
    TaxFile,
)
from partner_adapters.kit.values.check_digits import id_number_check, organisation_check, uscc_check

SEED = "sunbridge 2026"
COUNT = 2_000
PROVINCE = "20"
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉兰建国春梅海燕志远文博"
TRADES = (
    ("5299", "其他未列明零售业", "百货店"),
    ("6210", "正餐服务", "饭店"),
    ("5281", "五金零售", "五金店"),
    ("1361", "水产品冷冻加工", "水产加工厂"),
    ("1711", "棉纺纱加工", "纺织厂"),
    ("8111", "汽车修理与维护", "汽修店"),
    ("0141", "蔬菜种植", "蔬菜种植场"),
)
# Of a hundred businesses: how many have each level.
LEVELS = (("A", 30), ("B", 40), ("M", 15), ("C", 10), ("D", 5))


def index_of(id_number: str) -> int | None:
    """Return the number of the generated person who may have this identity number."""
    digits = id_number[2:6]
    if not id_number.startswith(PROVINCE) or len(digits) != 4 or not digits.isdigit():
        return None
    return int(digits) if int(digits) < COUNT else None


@lru_cache(maxsize=COUNT)
def generated(index: int) -> KnownPerson:
    """Return the person with this number, 0 to 1,999. Three in four run a business."""
    lot = random.Random(f"{SEED}:{index}")  # noqa: S311  plays people
    first17 = (
        f"{PROVINCE}{index:04d}{lot.randint(1956, 2006)}{lot.randint(1, 12):02d}{lot.randint(1, 28):02d}"
        f"{lot.randint(1, 999):03d}"
    )
    name = lot.choice(SURNAMES) + "".join(lot.sample(GIVEN, lot.randint(1, 2)))
    business = _business(lot, index, name) if lot.random() < 0.75 else None
    employer = (
        None
        if business
        else ContributionFile(
            employer=f"示例第{index}公司",
            base_fen=lot.randint(35, 120) * 10_000,
            since_months_ago=lot.randint(3, 180),
        )
    )
    return KnownPerson(
        name=name,
        id_number=first17 + id_number_check(first17),
        credit=_credit(lot),
        courts=CourtFile(
            dishonest=lot.random() < 0.01,
            open_enforcements=int(lot.random() < 0.02),
            material_defendant=int(lot.random() < 0.02),
        ),
        business=business,
        tax=_tax(lot) if business else None,
        warnings_days_ago=(lot.randint(1, 90),) if lot.random() < 0.02 else (),
        housing_fund=employer,
        social_insurance=employer,
    )


def _business(lot: random.Random, index: int, name: str) -> BusinessFile:
    industry, industry_name, kind_of_shop = lot.choice(TRADES)
    is_company = lot.random() < 0.4
    first16 = f"{'91' if is_company else '92'}320799MA{index:06d}"
    first17 = first16 + organisation_check(first16[8:])
    months_ago = lot.randint(6, 180)
    return BusinessFile(
        name=f"示例{name}{kind_of_shop}" + ("有限公司" if is_company else ""),
        uscc=first17 + uscc_check(first17),
        kind="company" if is_company else "individual",
        state=lot.choices(("active", "suspended", "revoked"), (96, 2, 2))[0],
        established_months_ago=months_ago,
        representative_months_ago=lot.randint(1, months_ago) if lot.random() < 0.2 else months_ago,
        industry=industry,
        industry_name=industry_name,
        share_percent=lot.choice((30, 51, 60, 80, 100)) if is_company else 100,
    )


def _tax(lot: random.Random) -> TaxFile:
    level = lot.choices([name for name, _ in LEVELS], [share for _, share in LEVELS])[0]
    revenue_fen = lot.randint(20, 600) * 1_000_000
    skipped = lot.sample(range(1, 25), lot.randint(1, 9)) if level in ("C", "D") else []
    return TaxFile.model_validate(
        {
            "level": level,
            "yearly_tax_fen": revenue_fen * lot.randint(5, 30) // 1000,
            "yearly_revenue_fen": revenue_fen,
            "growth_percent": lot.randint(-30, 30),
            "skipped_months_ago": tuple(skipped),
            "arrears_fen": lot.randint(1, 50) * 10_000 if level == "D" else 0,
        }
    )


def _credit(lot: random.Random) -> CreditFile:
    lenders = lot.choices((0, 1, 2, 3, 4), (35, 30, 20, 10, 5))[0]
    late = lot.sample(range(1, 24), lot.choice((1, 2, 6))) if lot.random() < 0.12 else []
    return CreditFile(
        late=tuple((month, 1) for month in late),
        hard_queries_days_ago=tuple(lot.randint(1, 700) for _ in range(lenders)),
        soft_queries_days_ago=tuple(lot.randint(1, 700) for _ in range(lot.randint(0, 3))),
        unsecured_lenders=lenders,
        card_use_percent=lot.randint(0, 85),
        unsecured_debt_fen=lenders * lot.randint(5, 40) * 100_000,
    )
