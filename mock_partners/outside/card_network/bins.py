"""Issuing banks by the first digits of a card number. The longest match counts."""

from __future__ import annotations

from partner_adapters.card_network.wire import Bin, CardKind
from partner_adapters.kit.values.problems import Problem

BANKS = {
    "BOC": ("中国银行", "Bank of China"),
    "ICBC": ("中国工商银行", "Industrial and Commercial Bank of China"),
    "ABC": ("中国农业银行", "Agricultural Bank of China"),
    "CCB": ("中国建设银行", "China Construction Bank"),
    "PSBC": ("中国邮政储蓄银行", "Postal Savings Bank of China"),
    "CMB": ("招商银行", "China Merchants Bank"),
    "BCM": ("交通银行", "Bank of Communications"),
    "JSRCU": ("江苏省农村信用社联合社", "Jiangsu Rural Credit Union"),
}
BINS: dict[str, tuple[str, CardKind, int]] = {
    "621660": ("BOC", "debit", 19),
    "625906": ("BOC", "credit", 16),
    "622202": ("ICBC", "debit", 19),
    "622208": ("ICBC", "debit", 19),
    "622230": ("ICBC", "credit", 16),
    "622848": ("ABC", "debit", 19),
    "622836": ("ABC", "credit", 16),
    "621700": ("CCB", "debit", 19),
    "622700": ("CCB", "debit", 19),
    "62270062": ("CCB", "credit", 16),
    "622188": ("PSBC", "debit", 19),
    "621483": ("CMB", "debit", 16),
    "622575": ("CMB", "credit", 16),
    "622258": ("BCM", "debit", 17),
    "622324": ("JSRCU", "debit", 19),
}
SHORTEST, LONGEST = min(map(len, BINS)), max(map(len, BINS))


def look_up(first_digits: str) -> Bin:
    """Return the issuer of a card number of at least six digits. Raises Problem 404 `card.unknown_bank`."""
    for length in range(LONGEST, SHORTEST - 1, -1):
        prefix = first_digits[:length]
        if len(prefix) == length and prefix in BINS:
            bank_code, kind, number_length = BINS[prefix]
            zh, en = BANKS[bank_code]
            return Bin(
                prefix=prefix,
                bank_code=bank_code,
                bank_name={"zh": zh, "en": en},
                kind=kind,
                number_length=number_length,
            )
    raise Problem(404, "card.unknown_bank", "no bank issues cards that begin so")
