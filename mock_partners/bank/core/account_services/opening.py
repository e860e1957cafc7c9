"""Opening an account: fresh evidence and consents, the four elements at the card network, then the account.

For class II the card must be a class I account, which is the fifth element. For class III it need not be.

Name and id number are those that the partner vouched for. The request brings the card and the particulars that AML
rules require.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import partial

from sqlalchemy import Connection, insert, update

from mock_partners.bank.core import orders
from mock_partners.bank.core.account_services.records import OpeningRecord, read_opening
from mock_partners.bank.core.account_services.tables import opening
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.customers import CustomerRecord, consents, read_customer
from mock_partners.bank.core.customers.card_elements import CardRefused, verify_elements
from mock_partners.bank.core.customers.identity_card import document_validity
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.due_diligence import images
from mock_partners.bank.core.due_diligence.grading import grade_customer, grade_of_opening
from mock_partners.bank.core.due_diligence.identification import identification_of
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.limit_uses import count_use
from mock_partners.bank.core.kernel.limits import CARD_QUESTIONS
from mock_partners.bank.core.kernel.parties import CARD_NETWORK
from mock_partners.bank.core.kernel.services import (
    CoreServices,
    Handlers,
    OutsideWork,
    context_of,
    enqueue_leased,
)
from mock_partners.bank.core.kernel.settings import AccountClass
from mock_partners.bank.core.ledger.chart import open_wallet
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.verification.evidence import Verified, record_authorisation
from mock_partners.bank.core.wallet import find_account_of_customer
from mock_partners.bank.core.wallet.labels import card_label
from mock_partners.bank.core.wallet.states import AccountState
from mock_partners.bank.core.wallet.tables import account, bound_card, particulars
from partner_adapters.card_network.wire import FourElementsAnswer
from partner_adapters.core_bank.accounts import OpenAccount
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, nothing_to_do
from partner_adapters.kit.values.check_digits import luhn_check
from partner_adapters.kit.values.problems import Problem, invalid

KIND = "account.open"
PURPOSES = ("account_terms",)
STEPS = ("confirmed", "card_checked", "opened")
ACCOUNT_DIGITS = 19
# The text message about the new account, by its class.
_OPENED: Mapping[AccountClass, str] = {"II": "account_opened", "III": "account_opened_class_iii"}
# What a customer is told whose account can only be opened in person.
AT_COUNTER = "account.at_counter"


def start(
    conn: Connection, ctx: Context, customer_id: str, command: OpenAccount, intent: str, verified: Verified
) -> Started:
    """Order the opening of the customer's electronic account.

    Problems 401 `step_up.required`, 403 `consent.missing`, 409 `account.exists`, 422 `identity_image.missing`,
    `document.expired`, `document.not_as_issued` or `document.not_long_term`, 429 `limit.reached`.
    """
    require_own_customer(conn, ctx, customer_id)
    customer = read_customer(conn, ctx.bank_id, customer_id)
    validity = document_validity(customer.id_number, customer.birth_date, ctx.today)
    if refusal := validity.refusal(command.particulars.document_expires_on):
        raise invalid("particulars.document_expires_on", refusal)
    consents.require(conn, ctx, customer_id, command.consent_ids, PURPOSES)
    # A stranger with one face check must not try whose card a number is.
    count_use(conn, ctx, CARD_QUESTIONS, customer_id)
    record_authorisation(conn, ctx, verified, customer_id, intent)
    if find_account_of_customer(conn, ctx.bank_id, customer_id) is not None:
        raise Problem(409, "account.exists")
    orders.start(conn, ctx, kind="account_opening", intent=intent, customer_id=customer_id, steps=STEPS)
    images.use_for_opening(conn, ctx, customer_id, command.identity_images, intent)
    grade_customer(conn, ctx, customer, command.particulars, intent)
    conn.execute(
        insert(opening).values(
            bank_id=ctx.bank_id,
            intent=intent,
            customer_id=customer_id,
            card_number=command.card_number,
            card_phone=command.card_phone,
            particulars=command.particulars.model_dump(mode="json"),
            asked_at=ctx.now,
            account_class=command.account_class,
        )
    )
    return Started(enqueue_leased(conn, ctx, KIND, intent, customer_id=customer_id))


async def ask_network(core: CoreServices, row: OutboxRow) -> Effect:
    """Ask the network whether the four elements belong together; then open the account, or fail the order."""
    ctx, intent = context_of(core, row), row.subject
    requested = await core.store.read(lambda conn: _requested(conn, ctx, intent))
    if requested is None:
        return nothing_to_do
    request, customer, grade = requested
    if grade == "high":
        # The card network is not asked: nothing can be opened here. The customer is not told the grade.
        return partial(_refuse, ctx=ctx, intent=intent, code=AT_COUNTER, params={})
    # Both are kept until the order ends.
    assert request.card_number is not None
    assert request.card_phone is not None
    answer = await verify_elements(
        core,
        ctx,
        customer,
        request.card_number,
        request.card_phone,
        class_i=request.account_class == "II",
    )
    if isinstance(answer, CardRefused):
        return partial(_refuse, ctx=ctx, intent=intent, code=answer.code, params=answer.params)
    number = _new_account_number(ctx.bank.account_prefix)
    return partial(_open, ctx=ctx, requested=request, card=answer, number=number)


def _requested(
    conn: Connection, ctx: Context, intent: str
) -> tuple[OpeningRecord, CustomerRecord, str | None] | None:
    """Return the opening, its customer and its risk grade, or None once the order has ended."""
    if not orders.read(conn, ctx.bank_id, intent).is_open:
        return None
    requested = read_opening(conn, ctx.bank_id, intent)
    customer = read_customer(conn, ctx.bank_id, requested.customer_id)
    return requested, customer, grade_of_opening(conn, ctx, intent)


def _open(
    conn: Connection, ctx: Context, requested: OpeningRecord, card: FourElementsAnswer, number: str
) -> None:
    # Another order of the same customer may have opened the account while the network was asked.
    if find_account_of_customer(conn, ctx.bank_id, requested.customer_id) is not None:
        _refuse(conn, ctx, requested.intent, "account.exists", {})
        return
    keys = {"bank_id": ctx.bank_id, "account_id": secrets.token_hex(16)}
    conn.execute(
        insert(account).values(
            **keys,
            customer_id=requested.customer_id,
            number=number,
            state=AccountState.OPEN,
            opened_on=ctx.today,
            opened_by_intent=requested.intent,
            account_class=requested.account_class,
        )
    )
    customer = read_customer(conn, ctx.bank_id, requested.customer_id)
    known = identification_of(ctx, customer).model_dump(include={"gender", "nationality", "document_type"})
    stated = requested.particulars.model_dump() | known
    conn.execute(insert(particulars).values(**keys, **stated, stated_at=requested.requested_at))
    conn.execute(
        insert(bound_card).values(
            **keys,
            card_token=card.card_token,
            bank_code=card.bank_code,
            bank_name=card.bank_name,
            last_four=card.last_four,
            bound_at=ctx.now,
        )
    )
    rules = ctx.parameters.rules_of(requested.account_class)
    open_wallet(conn, ctx, keys["account_id"], rules.balance_most_fen)
    _forget_card(conn, ctx, requested.intent)
    orders.succeed(conn, ctx, requested.intent, {"account_id": keys["account_id"]})
    card_words = card_label(card.bank_name, card.last_four)
    notify_customer(
        conn,
        ctx,
        requested.customer_id,
        _OPENED[requested.account_class],
        last_four=number[-4:],
        card=card_words,
    )


def _refuse(conn: Connection, ctx: Context, intent: str, code: str, params: Mapping[str, str]) -> None:
    _forget_card(conn, ctx, intent)
    images.give_back(conn, ctx, intent)
    orders.fail(conn, ctx, intent, code, params)


def _forget_card(conn: Connection, ctx: Context, intent: str) -> None:
    same_opening = (opening.c.bank_id == ctx.bank_id) & (opening.c.intent == intent)
    conn.execute(update(opening).where(same_opening).values(card_number=None, card_phone=None))


def _new_account_number(prefix: str) -> str:
    """Return a random account number of this bank, with its check digit."""
    free_digits = ACCOUNT_DIGITS - len(prefix) - 1
    body = prefix + str(secrets.randbelow(10**free_digits)).zfill(free_digits)
    return body + luhn_check(body)


HANDLERS: Handlers = {KIND: OutsideWork(ask_network, (CARD_NETWORK,))}
