"""Cards: issue them, check the four elements, and find a card by its token."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any, Literal

from sqlalchemy import Connection, Row, insert, select

from mock_partners.outside.card_network import bins
from mock_partners.outside.card_network.settings import IssuedCard
from mock_partners.outside.card_network.tables import card, token
from partner_adapters.card_network.wire import CardOwner, CardOwnerAnswer, FourElements, FourElementsAnswer
from partner_adapters.kit.values import names
from partner_adapters.kit.values.masking import last_four
from partner_adapters.kit.values.problems import Problem

Element = Literal["name", "id_number", "phone"]
ELEMENTS: tuple[Element, ...] = ("name", "id_number", "phone")


def seed(conn: Connection, cards: Iterable[IssuedCard]) -> None:
    """Issue the cards that do not exist yet. Existing cards keep their balance."""
    known = set(conn.scalars(select(card.c.number)))
    fresh = [one.model_dump() for one in cards if one.number not in known]
    if fresh:
        conn.execute(insert(card), fresh)


def check(conn: Connection, bank_id: str, asked: FourElements) -> FourElementsAnswer:
    """Check the four elements. The card's class is returned only when all of them match."""
    found = conn.execute(select(card).where(card.c.number == asked.card_number)).first()
    if found is None:
        return FourElementsAnswer(result="unknown_card", last_four=last_four(asked.card_number))
    which = [element for element in ELEMENTS if not _agrees(found, asked, element)]
    if which:
        return _answer(found, "mismatch", which=which)
    if (found.kind, found.account_class) != ("debit", "I"):
        return _answer(found, "not_class_i", card_token=_token(conn, bank_id, found.number))
    return _answer(found, "match", card_token=_token(conn, bank_id, found.number))


def is_owner(conn: Connection, bank_id: str, asked: CardOwner) -> CardOwnerAnswer:
    """Compare a bound card's holder with a name and number. Raises Problem 422 `card.unknown_token`."""
    found = by_token(conn, bank_id, asked.card_token)
    same = names.is_same(found.name, asked.name) and found.id_number == asked.id_number
    return CardOwnerAnswer(is_owner=same)


def by_token(conn: Connection, bank_id: str, card_token: str) -> Row[Any]:
    """Return the card behind the token of this bank. Raises Problem 422 `card.unknown_token`."""
    found = conn.execute(
        select(card)
        .join(token, token.c.card_number == card.c.number)
        .where(token.c.token == card_token, token.c.bank_id == bank_id)
    ).first()
    if found is None:
        raise Problem(422, "card.unknown_token", "this bank was given no such token")
    return found


def _agrees(found: Row[Any], asked: FourElements, element: Element) -> bool:
    if element == "name":
        return names.is_same(found.name, asked.name)
    return bool(getattr(found, element) == getattr(asked, element))


def _token(conn: Connection, bank_id: str, number: str) -> str:
    mine = (token.c.bank_id == bank_id) & (token.c.card_number == number)
    kept: str | None = conn.scalar(select(token.c.token).where(mine))
    if kept is not None:
        return kept
    made = secrets.token_urlsafe(24)
    conn.execute(insert(token).values(token=made, bank_id=bank_id, card_number=number))
    return made


def _answer(
    found: Row[Any], result: Literal["match", "mismatch", "not_class_i"], **more: Any
) -> FourElementsAnswer:
    bank = bins.look_up(found.number)
    return FourElementsAnswer(
        result=result,
        bank_code=bank.bank_code,
        bank_name=bank.bank_name,
        kind=found.kind,
        last_four=last_four(found.number),
        **more,
    )
