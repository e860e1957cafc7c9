"""Opening a class II account: fresh evidence and consents, the four elements at the card network, then the account.

Name and id number are those the partner vouched for; the request brings the card and what AML rules ask besides.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from mock_partners.bank.core import orders
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.customers import Person, card_elements, consents, person
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices, Handlers, context_of, enqueue
from mock_partners.bank.core.ledger.chart import open_wallet
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.verification.evidence import Verified, record_authorisation
from mock_partners.bank.core.wallet import book
from mock_partners.bank.core.wallet.tables import account, bound_card, opening, particulars
from partner_adapters.card_network.wire import FourElementsAnswer
from partner_adapters.core_bank.accounts import OpenAccount, Particulars
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, nothing_to_do
from partner_adapters.kit.values.check_digits import is_card_number, luhn_check
from partner_adapters.kit.values.problems import Problem, invalid

KIND = "account.open"
PURPOSES = ("account_terms", "face_processing")
STEPS = ("confirmed", "card_checked", "opened")
ACCOUNT_DIGITS = 19


def start(
    conn: Connection, ctx: Context, customer_id: str, command: OpenAccount, intent: str, verified: Verified
) -> Started:
    """Order the opening of the customer's electronic account.

    Problems 422 `card.check_digit`, `document.expired`; 403 `consent.missing`; 401 `step_up.required`;
    409 `account.exists`.
    """
    require_own_customer(conn, ctx, customer_id)
    if not is_card_number(command.card_number):
        raise invalid("card_number", "card.check_digit")
    expires_on = command.particulars.document_expires_on
    if expires_on is not None and expires_on < ctx.today:
        raise invalid("particulars.document_expires_on", "document.expired")
    consents.require(conn, ctx, customer_id, command.consent_ids, PURPOSES)
    record_authorisation(conn, ctx, verified, customer_id, intent)
    if book.find(conn, ctx.bank_id, customer_id=customer_id) is not None:
        raise Problem(409, "account.exists")
    orders.start(conn, ctx, kind="account_opening", intent=intent, customer_id=customer_id, steps=STEPS)
    conn.execute(
        insert(opening).values(
            bank_id=ctx.bank_id,
            intent=intent,
            customer_id=customer_id,
            card_number=command.card_number,
            card_phone=command.card_phone,
            particulars=command.particulars.model_dump(mode="json"),
            asked_at=ctx.now,
        )
    )
    return Started(enqueue(conn, ctx, KIND, intent))


async def ask_network(core: CoreServices, row: OutboxRow) -> Effect:
    """Ask whether card, name, document and phone belong together; open the account or fail the order."""
    ctx, intent = context_of(core, row), row.subject
    asked, who, state = await core.store.read(lambda conn: _asked(conn, ctx, intent))
    if state is not OrderState.PROCESSING:
        return nothing_to_do
    said = await card_elements.ask(core, ctx, who, asked.card_number, asked.card_phone)
    if isinstance(said, card_elements.NotTheirs):
        return partial(_refuse, ctx=ctx, intent=intent, code=said.code, params=said.params)
    number = _account_number(core.settings.bank[ctx.bank_id].account_prefix)
    return partial(_open, ctx=ctx, asked=asked, said=said, number=number)


def _asked(conn: Connection, ctx: Context, intent: str) -> tuple[Row[Any], Person, OrderState]:
    t = opening.c
    asked = conn.execute(select(opening).where(t.bank_id == ctx.bank_id, t.intent == intent)).one()
    return asked, person(conn, ctx.bank_id, asked.customer_id), orders.state(conn, ctx.bank_id, intent)


def _open(conn: Connection, ctx: Context, asked: Row[Any], said: FourElementsAnswer, number: str) -> None:
    if book.find(conn, ctx.bank_id, customer_id=asked.customer_id) is not None:
        _refuse(conn, ctx, asked.intent, "account.exists", {})
        return
    keys = {"bank_id": ctx.bank_id, "account_id": secrets.token_hex(16)}
    conn.execute(
        insert(account).values(
            **keys,
            customer_id=asked.customer_id,
            number=number,
            state="open",
            opened_on=ctx.today,
            opened_by_intent=asked.intent,
        )
    )
    stated = Particulars.model_validate(asked.particulars)
    conn.execute(insert(particulars).values(**keys, **stated.model_dump(), stated_at=asked.asked_at))
    conn.execute(
        insert(bound_card).values(
            **keys,
            card_token=said.card_token,
            bank_code=said.bank_code,
            bank_name=said.bank_name,
            last_four=said.last_four,
            bound_at=ctx.now,
        )
    )
    open_wallet(conn, ctx, keys["account_id"])
    _forget_card(conn, ctx, asked.intent)
    orders.succeed(conn, ctx, asked.intent, {"account_id": keys["account_id"]})
    card = f"{said.bank_name['zh']}({said.last_four})"
    notify_customer(conn, ctx, asked.customer_id, "account_opened", last_four=number[-4:], card=card)


def _refuse(conn: Connection, ctx: Context, intent: str, code: str, params: Mapping[str, str]) -> None:
    _forget_card(conn, ctx, intent)
    orders.fail(conn, ctx, intent, code, params)


def _forget_card(conn: Connection, ctx: Context, intent: str) -> None:
    here = (opening.c.bank_id == ctx.bank_id) & (opening.c.intent == intent)
    conn.execute(update(opening).where(here).values(card_number=None, card_phone=None))


def _account_number(prefix: str) -> str:
    room = ACCOUNT_DIGITS - len(prefix) - 1
    body = prefix + str(secrets.randbelow(10**room)).zfill(room)
    return body + luhn_check(body)


HANDLERS: Handlers = {KIND: ask_network}
