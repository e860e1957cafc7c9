"""`/limits`: what left the account, what the rules allow, and the customer's own limits → 确认修改."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from h5app.confirming.actions import ACTIONS
from h5app.confirming.intents import Intent
from h5app.confirming.quoted import QuotedAction
from h5app.overview import read_overview
from h5app.states import may_see
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.accounts import Account, AccountLimits
from partner_adapters.core_bank.card_checks import CheckedAction
from partner_adapters.core_bank.customers import OrderBrief, Overview
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.own_limits import ChangeLimits
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.money import fen_to_wire

OwnAccount = tuple[Account, Overview]


@dataclass(frozen=True)
class NewLimits:
    """What is confirmed. The bank does not quote it, so `sha256` stays empty. None: no own limit."""

    each_fen: int | None
    day_fen: int | None
    is_raised: bool
    sha256: str = ""


class LimitChange(QuotedAction[Account, ChangeLimits, ChangeLimits, NewLimits]):
    """Change the own limits on what leaves the account."""

    action = ACTIONS["limit_change"]
    own_page = "account"
    question = "account/limits.html"
    fields = ("each", "day")
    refusals = {"each": "each"}
    ask = ChangeLimits
    command = ChangeLimits

    async def load(self, request: Request) -> OwnAccount | None:
        overview = await read_overview(visit_of(request))
        return (overview.account, overview) if overview.account else None

    def is_allowed(self, subject: OwnAccount) -> bool:
        return may_see(self.action.page, subject[0])

    def identity(self, subject: OwnAccount) -> dict[str, Any]:
        return {"account_id": subject[0].account_id}

    def context(self, subject: OwnAccount) -> dict[str, Any]:
        return {"account": subject[0], "limits": subject[0].limits}

    def like_orders(self, subject: OwnAccount) -> list[OrderBrief]:
        # To change them twice within minutes moves nothing twice.
        return []

    async def defaults(self, visit: Visit, subject: OwnAccount) -> dict[str, str]:
        limits = subject[0].limits
        return {
            name: fen_to_wire(fen).removesuffix(".00")
            for name, fen in (("each", limits.own_each_fen), ("day", limits.own_day_fen))
            if fen is not None
        }

    def read_question(self, form: Form, subject: OwnAccount) -> ChangeLimits | None:
        each_fen, day_fen = [_read_limit(form, name) for name in self.fields]
        limits = subject[0].limits
        if form.ok and (each_fen, day_fen) == (limits.own_each_fen, limits.own_day_fen):
            form.fail("each", "own_limit.unchanged")
        return ChangeLimits(each_fen=each_fen, day_fen=day_fen) if form.ok else None

    async def request_quote(self, visit: Visit, subject: OwnAccount, ask: ChangeLimits) -> NewLimits:
        return NewLimits(ask.each_fen, ask.day_fen, _is_raised(subject[0].limits, ask))

    def read(self, visit: Visit, form: Form, subject: OwnAccount, intent: Intent) -> dict[str, Any]:
        return ChangeLimits.model_validate(intent.content["ask"]).model_dump()

    def needed_check(self, subject: OwnAccount, content: Mapping[str, Any]) -> CheckedAction | None:
        ask = ChangeLimits.model_validate(content["ask"])
        return self.action.step_up if _is_raised(subject[0].limits, ask) else None

    async def send(self, visit: Visit, subject: OwnAccount, command: ChangeLimits, key: str) -> Order:
        return await visit.core.own_limits.change(subject[0].account_id, command, key)


def _read_limit(form: Form, name: str) -> int | None:
    """Return a limit in fen. None where the field is empty: no own limit."""
    return form.money(name) if form.values[name].strip() else None


def _is_raised(limits: AccountLimits, ask: ChangeLimits) -> bool:
    """Whether more may leave than now. The bank decides by its own history of them."""
    pairs = ((limits.own_each_fen, ask.each_fen), (limits.own_day_fen, ask.day_fen))
    return any(now is not None and (then is None or then > now) for now, then in pairs)
