"""Asking the card network about a card before it is bound, so that a wrong card is found where it is typed.

The answer binds nothing: the command that binds the card asks the network again and believes only that answer.
"""

from __future__ import annotations

from sqlalchemy import Connection

from mock_partners.bank.core.customers import CustomerRecord, read_customer
from mock_partners.bank.core.customers.card_elements import CardRefused, verify_elements
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.limit_uses import count_use
from mock_partners.bank.core.kernel.limits import CARD_QUESTIONS
from mock_partners.bank.core.kernel.parties import CARD_NETWORK
from mock_partners.bank.core.kernel.services import CoreServices
from mock_partners.bank.core.kernel.stops import stopped_party
from mock_partners.bank.core.wallet import find_account_of_customer
from partner_adapters.core_bank.cards import CardAnswer, CardQuestion
from partner_adapters.kit.durable.outbox import RetryLater
from partner_adapters.kit.values.money import money_params
from partner_adapters.kit.values.problems import Problem, invalid


async def ask(core: CoreServices, ctx: Context, customer_id: str, question: CardQuestion) -> CardAnswer:
    """Return the card if it is the customer's own and may be bound. Problems as `Cards.ask` names them.

    Problem 503 `card_network.unavailable` without an answer.
    """
    customer, bound_token = await core.store.write(
        lambda conn: _count(conn, ctx, customer_id), "CardQuestion", queue=ctx.queue_of(customer_id)
    )
    try:
        answer = await verify_elements(core, ctx, customer, question.card_number, question.phone)
    except RetryLater as error:
        raise Problem(503, "card_network.unavailable", str(error)) from error
    if isinstance(answer, CardRefused):
        raise _refusal(ctx, answer)
    if answer.card_token == bound_token:
        raise invalid("card_number", "card.same")
    return CardAnswer(bank_name=answer.bank_name, last_four=answer.last_four)


def _count(conn: Connection, ctx: Context, customer_id: str) -> tuple[CustomerRecord, str | None]:
    """Count the question. Return whom it is about, and the token of the card that is bound already.

    A stranger must not try whose card a number is.
    """
    require_own_customer(conn, ctx, customer_id)
    if stopped_party(conn, ctx, CARD_NETWORK):
        raise Problem(503, "card_network.unavailable", "operators stopped it")
    count_use(conn, ctx, CARD_QUESTIONS, customer_id)
    account = find_account_of_customer(conn, ctx.bank_id, customer_id)
    return read_customer(conn, ctx.bank_id, customer_id), account.card_token if account else None


def _refusal(ctx: Context, refused: CardRefused) -> Problem:
    if refused.params.get("which") == "phone":
        return invalid("phone", "card.other_phone")
    if refused.code == "card.not_class_i":
        # What an account may do that takes such a card.
        rules = ctx.parameters.rules_of("III")
        figures = {"most": rules.balance_most_fen, "day": rules.out_day_fen}
        known = {name: fen for name, fen in figures.items() if fen is not None}
        return invalid("card_number", refused.code, **money_params(**known))
    # Which of name and id number differs would tell a stranger more about the card than its holder needs.
    return invalid("card_number", refused.code)
