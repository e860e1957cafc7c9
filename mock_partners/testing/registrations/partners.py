"""The partners of a world and the member banks behind them, as data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from partner_adapters.kit.values.texts import Text


@dataclass(frozen=True)
class MemberBank:
    bank_id: str
    name: Text
    phone: str
    # Its registered office, in Chinese.
    address: str
    # The division it lends in: code and name.
    area: str
    account_prefix: str
    full_name: Text
    # The number of its financial licence. Invented, as `LICENCE_NOTE` says on the page.
    licence: str

    @property
    def partners(self) -> tuple[PartnerApp, ...]:
        """Return the bank's partners, in their order."""
        return tuple(partner for partner in PARTNERS if partner.bank is self)


@dataclass(frozen=True)
class PartnerApp:
    """One super-app or channel. `dialect` is its identity dialect, in gov_app's terms."""

    id: str
    name: Text
    bank: MemberBank
    dialect: Literal["oidc", "wechat", "zlb", "hanweb", "alipay", "push", "launch"]
    accent: str
    # The company that operates it, and the day from which the bank works with it.
    operator: Text
    since: date
    # Whether its customers are asked if the bank may tell it how their business stands.
    asks_status: bool = False

    @property
    def app_id(self) -> str:
        """Return h5app's client id at this host."""
        return f"sunbridge-{self.id}"

    @property
    def bank_app_id(self) -> str:
        """Return the client id of the bank's core at this host."""
        return f"{self.bank.bank_id}-{self.id}"

    @property
    def core_client(self) -> str:
        return f"h5app-{self.id}"


LICENCE_NOTE: Text = {
    "zh": "演示用的编号，不是真的许可证",
    "en": "A number for this demonstration, not a real licence",
}
# The day of both banks' lists of partners.
LISTED_ON = date(2026, 11, 2)
HAIZHOU_BAY = MemberBank(
    bank_id="hzw",
    name={"zh": "海州湾农村商业银行", "en": "Haizhou Bay Rural Commercial Bank"},
    phone="0518-96008",
    address="江苏省连云港市海州区示例路1号",
    area="3207 连云港市",
    account_prefix="623000",
    full_name={
        "zh": "江苏海州湾农村商业银行股份有限公司",
        "en": "Jiangsu Haizhou Bay Rural Commercial Bank Co., Ltd.",
    },
    licence="B0000H232070001",
)
HAIAN_RIVERSIDE = MemberBank(
    bank_id="hab",
    name={"zh": "海安滨河农村商业银行", "en": "Hai'an Riverside Rural Commercial Bank"},
    phone="0513-96008",
    address="江苏省南通市海安市示例路2号",
    area="3206 南通市",
    account_prefix="623001",
    full_name={
        "zh": "江苏海安滨河农村商业银行股份有限公司",
        "en": "Jiangsu Hai'an Riverside Rural Commercial Bank Co., Ltd.",
    },
    licence="B0000H232060002",
)
BANKS = (HAIZHOU_BAY, HAIAN_RIVERSIDE)
PARTNERS = (
    PartnerApp(
        "lyg",
        {"zh": "我的连云港", "en": "My Lianyungang"},
        HAIZHOU_BAY,
        "oidc",
        "#0b6e6e",
        {"zh": "连云港市云台数据有限公司", "en": "Lianyungang Yuntai Data Co., Ltd."},
        date(2026, 3, 2),
        asks_status=True,
    ),
    PartnerApp(
        "haian",
        {"zh": "我的海安", "en": "My Hai'an"},
        HAIAN_RIVERSIDE,
        "wechat",
        "#2b5797",
        {"zh": "海安市七星湖数据有限公司", "en": "Hai'an Seven Star Lake Data Co., Ltd."},
        date(2026, 3, 2),
    ),
    PartnerApp(
        "zj",
        {"zh": "浙里办", "en": "Zheliban"},
        HAIAN_RIVERSIDE,
        "zlb",
        "#0f5fbf",
        {"zh": "之江演示数据有限公司", "en": "Zhijiang Demonstration Data Co., Ltd."},
        date(2026, 6, 1),
    ),
    PartnerApp(
        "sfb",
        {"zh": "苏服办", "en": "Sufuban"},
        HAIZHOU_BAY,
        "hanweb",
        "#0b6a58",
        {"zh": "江苏演示政务数据有限公司", "en": "Jiangsu Demonstration Government Data Co., Ltd."},
        date(2026, 6, 1),
    ),
    PartnerApp(
        "zfb",
        {"zh": "市民中心", "en": "Citizens' Centre"},
        HAIAN_RIVERSIDE,
        "alipay",
        "#1456c0",
        {"zh": "市民中心演示网络有限公司", "en": "Citizens' Centre Demonstration Network Co., Ltd."},
        date(2026, 9, 14),
    ),
    PartnerApp(
        "mbank",
        {"zh": "海州湾手机银行", "en": "Haizhou Bay Mobile Bank"},
        HAIZHOU_BAY,
        "push",
        "#a32035",
        HAIZHOU_BAY.full_name,
        date(2026, 1, 5),
    ),
    PartnerApp(
        "ebank",
        {"zh": "海安滨河企业网银", "en": "Hai'an Riverside Corporate e-Bank"},
        HAIAN_RIVERSIDE,
        "launch",
        "#274472",
        HAIAN_RIVERSIDE.full_name,
        date(2026, 1, 5),
    ),
)
BANK_OF = {partner.id: partner.bank.bank_id for partner in PARTNERS}
