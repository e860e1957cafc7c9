"""The partners of a world and the member banks behind them, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from partner_adapters.kit.values.texts import Text


@dataclass(frozen=True)
class MemberBank:
    bank_id: str
    name: Text
    phone: str
    # First four digits of the area codes it lends in.
    region: str
    account_prefix: str


@dataclass(frozen=True)
class PartnerApp:
    """One super-app or channel. `dialect` is its identity dialect, in gov_app's terms."""

    id: str
    name: Text
    bank: MemberBank
    dialect: Literal["oidc", "wechat", "zlb", "hanweb", "alipay", "push", "launch"]
    accent: str

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


HAIZHOU_BAY = MemberBank(
    bank_id="hzw",
    name={"zh": "海州湾农村商业银行", "en": "Haizhou Bay Rural Commercial Bank"},
    phone="0518-96008",
    region="3207",
    account_prefix="623000",
)
HAIAN_RIVERSIDE = MemberBank(
    bank_id="hab",
    name={"zh": "海安滨河农村商业银行", "en": "Hai'an Riverside Rural Commercial Bank"},
    phone="0513-96008",
    region="3206",
    account_prefix="623001",
)
BANKS = (HAIZHOU_BAY, HAIAN_RIVERSIDE)
PARTNERS = (
    PartnerApp("lyg", {"zh": "我的连云港", "en": "My Lianyungang"}, HAIZHOU_BAY, "oidc", "#0b6e6e"),
    PartnerApp("haian", {"zh": "我的海安", "en": "My Hai'an"}, HAIAN_RIVERSIDE, "wechat", "#2b5797"),
    PartnerApp("zj", {"zh": "浙里办", "en": "Zheliban"}, HAIAN_RIVERSIDE, "zlb", "#0f5fbf"),
    PartnerApp("sfb", {"zh": "苏服办", "en": "Sufuban"}, HAIZHOU_BAY, "hanweb", "#0b6a58"),
    PartnerApp("zfb", {"zh": "市民中心", "en": "Citizens' Centre"}, HAIAN_RIVERSIDE, "alipay", "#1456c0"),
    PartnerApp(
        "mbank",
        {"zh": "海州湾手机银行", "en": "Haizhou Bay Mobile Bank"},
        HAIZHOU_BAY,
        "push",
        "#a32035",
    ),
    PartnerApp(
        "ebank",
        {"zh": "海安滨河企业网银", "en": "Hai'an Riverside Corporate e-Bank"},
        HAIAN_RIVERSIDE,
        "launch",
        "#274472",
    ),
)
BANK_OF = {partner.id: partner.bank.bank_id for partner in PARTNERS}
