"""The partners of a world and the member banks behind them: data, as people.py is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from partner_adapters.terms.wire import Text


@dataclass(frozen=True)
class MemberBank:
    bank_id: str
    name: Text
    phone: str
    region: str
    """First four digits of the area codes it lends in."""
    account_prefix: str


@dataclass(frozen=True)
class PartnerApp:
    """One super-app: `client_auth` is how h5app proves itself to it."""

    id: Literal["lyg", "haian"]
    name: Text
    bank: MemberBank
    client_auth: Literal["private_key_jwt", "client_secret_basic"]
    accent: str

    @property
    def oidc_client(self) -> str:
        return f"sunbridge-{self.id}"

    @property
    def core_client(self) -> str:
        return f"h5app-{self.id}"


PARTNERS = (
    PartnerApp(
        id="lyg",
        name={"zh": "我的连云港", "en": "My Lianyungang"},
        bank=MemberBank(
            bank_id="hzw",
            name={"zh": "海州湾农村商业银行", "en": "Haizhou Bay Rural Commercial Bank"},
            phone="0518-96008",
            region="3207",
            account_prefix="623000",
        ),
        client_auth="private_key_jwt",
        accent="#0b6e6e",
    ),
    PartnerApp(
        id="haian",
        name={"zh": "我的海安", "en": "My Hai'an"},
        bank=MemberBank(
            bank_id="hab",
            name={"zh": "海安滨河农村商业银行", "en": "Hai'an Riverside Rural Commercial Bank"},
            phone="0513-96008",
            region="3206",
            account_prefix="623001",
        ),
        client_auth="client_secret_basic",
        accent="#2b5797",
    ),
)
BANK_OF = {partner.id: partner.bank.bank_id for partner in PARTNERS}
