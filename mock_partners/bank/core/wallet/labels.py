"""Names under which customers recognise accounts and cards in orders, such as 中国银行（1234）."""

from __future__ import annotations

from mock_partners.bank.core.wallet.records import AccountRecord
from partner_adapters.kit.values.texts import Text


def account_label(account_number: str) -> Text:
    """Return the label of a customer's electronic account: 电子账户（3306）."""
    return card_label({"zh": "电子账户", "en": "Electronic account"}, account_number[-4:])


def bound_card_label(account: AccountRecord) -> Text:
    """Return the label of the card that is bound to an account."""
    return card_label(account.card_bank_name, account.card_last_four)


def card_label_of(card_number: str) -> Text:
    """Return the label of a card whose bank is not known yet: 银行卡（4866）."""
    return card_label({"zh": "银行卡", "en": "Bank card"}, card_number[-4:])


def card_label(name: Text, last_four: str) -> Text:
    """Return the label of a card or an account with this name and these last digits."""
    return {
        lang: f"{words}（{last_four}）" if lang == "zh" else f"{words} ({last_four})"
        for lang, words in name.items()
    }
