"""`/top-up`: how much → 确认充值, from the bound card into the electronic account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from h5app.confirming import repaying
from h5app.confirming.actions import ACTIONS
from h5app.confirming.debiting import CardDebit, missing_authorisation
from h5app.confirming.intents import Intent
from h5app.overview import read_overview
from h5app.states import may_see
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.accounts import Account
from partner_adapters.core_bank.card_checks import CheckedAction
from partner_adapters.core_bank.consents import ConsentText
from partner_adapters.core_bank.customers import Overview
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.money import money_params

OwnAccount = tuple[Account, Overview]


@dataclass(frozen=True)
class TopUpSummary:
    """What is confirmed. `text` is the debit authorisation to be given with it, or None where it stands already.

    Nothing about a top-up has to be worked out. So the bank does not quote it, and `sha256` stays empty.
    """

    amount_fen: int
    text: ConsentText | None
    sha256: str = ""


class TopUpFromCard(CardDebit[Account, TopUp, TopUp, TopUpSummary]):
    """Bring money from the bound card."""

    action = ACTIONS["top_up"]
    own_page = "account"
    question = "wallet/top_up_amount.html"
    fields = ("amount", *repaying.CARRIED)
    refusals = {"amount": "amount"}
    ask = TopUp
    command = TopUp

    async def load(self, request: Request) -> OwnAccount | None:
        overview = await read_overview(visit_of(request))
        return (overview.account, overview) if overview.account else None

    def is_allowed(self, subject: OwnAccount) -> bool:
        return may_see(self.action.page, subject[0])

    def identity(self, subject: OwnAccount) -> dict[str, Any]:
        # The card may have been changed in another tab.
        card = subject[0].bound_card
        return {"account_id": subject[0].account_id, "card": [card.bank_name, card.last_four]}

    def context(self, subject: OwnAccount) -> dict[str, Any]:
        return {"account": subject[0]}

    async def defaults(self, visit: Visit, subject: OwnAccount) -> dict[str, str]:
        return {}

    def read_question(self, form: Form, subject: OwnAccount) -> TopUp | None:
        amount_fen = form.money("amount")
        if amount_fen is None:
            return None
        least_fen, most_fen = subject[0].top_up_min_fen, subject[0].top_up_max_fen
        if not least_fen <= amount_fen <= most_fen:
            code = "amount.too_small" if amount_fen < least_fen else "amount.too_large"
            form.fail("amount", code, **money_params(min=least_fen, max=most_fen))
            return None
        return TopUp(amount_fen=amount_fen)

    async def request_quote(self, visit: Visit, subject: OwnAccount, ask: TopUp) -> TopUpSummary:
        text = await missing_authorisation(visit, authorised=subject[0].debit_authorised)
        return TopUpSummary(ask.amount_fen, text)

    def pinned(self, quote: TopUpSummary) -> dict[str, Any]:
        return {"consent": quote.text.pinned() if quote.text else None}

    def read(self, visit: Visit, form: Form, subject: OwnAccount, intent: Intent) -> dict[str, Any]:
        # Nothing was quoted: the amount is all that the command has.
        return {"amount_fen": super().read(visit, form, subject, intent)["amount_fen"]}

    def checked_fen(self, subject: OwnAccount, content: Mapping[str, Any]) -> int:
        return _amount_fen(content)

    def needed_check(self, subject: OwnAccount, content: Mapping[str, Any]) -> CheckedAction | None:
        is_large = _amount_fen(content) > subject[0].top_up_unchecked_fen
        return self.action.step_up if is_large else None

    def onward(self, form: Form) -> dict[str, str]:
        return {name: form.values[name] for name in repaying.CARRIED if form.values[name]}

    async def send(self, visit: Visit, subject: OwnAccount, command: TopUp, key: str) -> Order:
        return await visit.core.top_ups.start(subject[0].account_id, command, key)


def _amount_fen(content: Mapping[str, Any]) -> int:
    return TopUp.model_validate(content["ask"]).amount_fen
