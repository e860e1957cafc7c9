"""The way without face: asking for a code, for another one, answering it, and what the bank's own word then serves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial

import httpx
from sqlalchemy import BigInteger, type_coerce, update

from mock_partners.bank.core.audit.signing import RowSigner
from mock_partners.bank.core.kernel.settings import CoreSettings
from mock_partners.bank.core.verification.limits import MAX_CODES, NEXT_CODE_AFTER
from mock_partners.bank.core.verification.tables import card_check
from mock_partners.testing.registrations.parties import core_bank
from mock_partners.testing.worlds.world import World
from partner_adapters.core_bank.card_checks import (
    AskCardCheck,
    CardCheck,
    CardCheckState,
    CheckedAction,
    ConfirmCardCheck,
    SendAnotherCode,
)
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.core_bank.wire import Evidence
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.values.problems import Problem
from tests.support.cases import (
    COMMAND_CASES,
    FOUR_ELEMENTS,
    MESSAGES,
    CommandCase,
    Seen,
    Send,
    drawdown,
    opening,
    told,
)
from tests.support.houses.serving import until
from tests.support.people.citizen import Citizen

# The check that stands ready where a command needs one: each trial begins before it.
CHECK = "0123456789" * 4
CODE = re.compile(r"验证码([0-9]{6})")
CODES = ("core_bank", "SELECT sum(codes) FROM card_check")
CHECKS = ("core_bank", "SELECT count(*) FROM card_check")
CONFIRMED = ("core_bank", "SELECT count(*) FROM card_check WHERE state = 'confirmed'")
SPENT = ("core_bank", "SELECT count(*) FROM card_check WHERE used_by_intent IS NOT NULL")
SENT = told("card_check_code")
_STATES = {
    CardCheckState.CHECKING: OrderState.PROCESSING,
    CardCheckState.SENDING: OrderState.PROCESSING,
    CardCheckState.FAILED: OrderState.FAILED,
}


def asking(li: Citizen, action: CheckedAction = "drawdown") -> AskCardCheck:
    return AskCardCheck(action=action, card_number=li.who.cards[0].number, phone=li.who.phone)


async def begun(li: Citizen, action: CheckedAction = "drawdown") -> None:
    """A check whose code has reached the phone."""
    await li.core.card_checks.start(li.customer_id, asking(li, action), CHECK)

    async def sent() -> bool:
        check = await li.core.card_checks.get(li.customer_id, CHECK)
        return check.state is CardCheckState.SENT

    await until(sent, within_s=30)


async def code_on_the_phone(li: Citizen) -> str:
    """The newest, once one has come."""
    found: list[str] = []

    async def came() -> bool:
        async with httpx.AsyncClient(trust_env=False) as phone:
            inbox = await phone.get(f"{li.world.url('messages')}/messages", params={"phone": li.who.phone})
        found.extend(code for item in inbox.json()["items"] for code in CODE.findall(item["text"]))
        return bool(found)

    await until(came, within_s=30)
    return found[0]


def a_minute_passes(world: World) -> None:
    """As if the last code had been asked for that much earlier. Signed as the core signs what it changes."""
    earlier = type_coerce(card_check.c.coded_at, BigInteger) - NEXT_CODE_AFTER // timedelta(microseconds=1)
    settings, store = core_bank(world), Store(world.database_url("core_bank"))
    assert isinstance(settings, CoreSettings)
    RowSigner(settings, world.clock()).watch(store)
    try:
        store.write_now(lambda conn: conn.execute(update(card_check).values(coded_at=earlier)))
    finally:
        store.close()


async def by_card(li: Citizen, action: CheckedAction) -> Evidence:
    """The bank's own word, for card and code."""
    await begun(li, action)
    passed = await li.core.card_checks.confirm(li.customer_id, CHECK, await code_on_the_phone(li))
    assert passed.statement is not None
    return Evidence(statement=passed.statement)


async def _asking(li: Citizen) -> Send:
    command = asking(li)
    return lambda key: li.core.card_checks.start(li.customer_id, command, key)


async def _another(li: Citizen) -> Send:
    await begun(li)
    a_minute_passes(li.world)
    return lambda key: li.core.card_checks.send_another(li.customer_id, CHECK, key)


async def _answering(li: Citizen) -> Send:
    await begun(li)
    code = await code_on_the_phone(li)

    async def answer(_key: str) -> None:
        passed = await li.core.card_checks.confirm(li.customer_id, CHECK, code)
        assert passed.statement, "the right code is answered with the bank's word, however often"

    return answer


async def _asked_seen(li: Citizen, key: str) -> Seen | None:
    try:
        check = await li.core.card_checks.get(li.customer_id, key)
    except Problem as problem:
        if problem.code == "card_check.unknown":
            return None
        raise
    return _seen(check)


async def _another_seen(li: Citizen, _key: str) -> Seen | None:
    check = await li.core.card_checks.get(li.customer_id, CHECK)
    return None if check.codes_left == MAX_CODES - 1 else _seen(check)


async def _answer_seen(li: Citizen, _key: str) -> Seen | None:
    check = await li.core.card_checks.get(li.customer_id, CHECK)
    return _seen(check) if check.state is CardCheckState.CONFIRMED else None


def _seen(check: CardCheck) -> Seen:
    return Seen(_STATES.get(check.state, OrderState.SUCCEEDED), check.reason)


BEFORE_THE_CODE = ("card_network", "messages")
WITHOUT_FACE: Mapping[str, CommandCase] = {
    "card_check": CommandCase(
        model=AskCardCheck,
        path="/customers/*/card-checks",
        work=("card_check.ask", "card_check.send"),
        outside={"card_network": FOUR_ELEMENTS, "messages": MESSAGES},
        stage="standing",
        prepare=_asking,
        changes={CHECKS: 1, CODES: 1, SENT: 1},
        look=_asked_seen,
    ),
    "another_code": CommandCase(
        model=SendAnotherCode,
        path="/customers/*/card-checks/*/codes",
        work=("card_check.send",),
        outside={"messages": MESSAGES},
        stage="standing",
        prepare=_another,
        changes={CODES: 1, SENT: 1},
        look=_another_seen,
        also_needed=BEFORE_THE_CODE,
    ),
    "code_answer": CommandCase(
        model=ConfirmCardCheck,
        path="/customers/*/card-checks/*/confirm",
        work=(),
        outside={},
        stage="standing",
        prepare=_answering,
        changes={CONFIRMED: 1},
        look=_answer_seen,
        also_needed=BEFORE_THE_CODE,
    ),
    # What the bank's statement serves goes on outside as after a face check, and is tried there.
    "opening_by_card": replace(
        COMMAND_CASES["opening"],
        work=("account.open",),
        outside={},
        prepare=partial(opening, vouch=by_card),
        changes={**COMMAND_CASES["opening"].changes, SPENT: 1},
        also_needed=BEFORE_THE_CODE,
        has_form=False,
    ),
    "drawdown_by_card": replace(
        COMMAND_CASES["drawdown"],
        work=(),
        outside={},
        prepare=partial(drawdown, vouch=by_card),
        changes={**COMMAND_CASES["drawdown"].changes, SPENT: 1},
        also_needed=BEFORE_THE_CODE,
        has_form=False,
    ),
}
