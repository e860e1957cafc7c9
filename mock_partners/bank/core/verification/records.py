"""Card checks as the core reads them: one place that turns a row into a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, select

from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.keys import find_intent, with_keys
from mock_partners.bank.core.verification.limits import CHECK_LIFE, CODE_LIFE, MAX_CODES, NEXT_CODE_AFTER
from mock_partners.bank.core.verification.states import CARD_CHECK_STATES, CardCheckEvent
from mock_partners.bank.core.verification.tables import card_check
from partner_adapters.core_bank.card_checks import CardCheckState, CheckedAction
from partner_adapters.core_bank.orders import OrderReason
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.texts import Lang, Text

_t = card_check.c
_CHECKS = with_keys(select(card_check), _t.bank_id, _t.check_id)


@dataclass(frozen=True)
class CardHolder:
    """Whom a visitor named as the card's holder."""

    name: str
    id_number: str
    lang: Lang


@dataclass(frozen=True)
class CardCheckRecord:
    """One card check. `codes` counts the codes issued so far; times are protocol time."""

    bank_id: str
    check_id: str
    # What its caller knows it by, usually the id.
    key: str
    # None for the check of a visitor.
    customer_id: str | None
    partner: str
    action: CheckedAction | Literal["account_freezing"]
    state: CardCheckState
    reason: OrderReason | None
    card_number: str | None
    card_phone: str | None
    bank_name: Text
    last_four: str
    wrong_codes: int
    last_wrong_code_mark: str | None
    codes: int
    requested_at: datetime
    code_issued_at: datetime | None
    confirmed_at: datetime | None
    used_by_intent: str | None
    # Of a visitor's check, until it has ended.
    holder: CardHolder | None

    def allows(self, event: CardCheckEvent) -> bool:
        """Whether `event` may happen now."""
        return CARD_CHECK_STATES.allows(self.state, event)

    @property
    def expires_at(self) -> datetime:
        """When the check ends, unless it is confirmed before."""
        return self.requested_at + CHECK_LIFE

    @property
    def code_expires_at(self) -> datetime:
        """When the latest code is no longer accepted."""
        assert self.code_issued_at is not None, "no code was issued yet"
        return self.code_issued_at + CODE_LIFE

    @property
    def next_code_at(self) -> datetime | None:
        """When another code may be requested, or None after the last one."""
        if self.codes >= MAX_CODES:
            return None
        assert self.code_issued_at is not None, "no code was issued yet"
        return self.code_issued_at + NEXT_CODE_AFTER


def read_card_check(conn: Connection, bank_id: str, check_id: str) -> CardCheckRecord:
    """Return the check. Problem 404 `card_check.unknown`."""
    row = conn.execute(_CHECKS.where(_t.bank_id == bank_id, _t.check_id == check_id)).first()
    if row is None:
        raise Problem(404, "card_check.unknown")
    return _record(row)


def read_own_card_check(conn: Connection, ctx: Context, customer_id: str, check_id: str) -> CardCheckRecord:
    """Return a check that the caller's partner started for its own customer, by the key that it sent.

    Problems 404 `customer.unknown`, `card_check.unknown`.
    """
    require_own_customer(conn, ctx, customer_id)
    intent, _ = find_intent(conn, ctx, check_id)
    check = read_card_check(conn, ctx.bank_id, intent)
    if (check.customer_id, check.partner) != (customer_id, ctx.partner):
        raise Problem(404, "card_check.unknown")
    return check


def read_visitors_check(conn: Connection, ctx: Context, check_id: str) -> CardCheckRecord:
    """Return a check that the caller's partner started for a visitor. Problem 404 `card_check.unknown`."""
    intent, _ = find_intent(conn, ctx, check_id)
    check = read_card_check(conn, ctx.bank_id, intent)
    if (check.customer_id, check.partner) != (None, ctx.partner):
        raise Problem(404, "card_check.unknown")
    return check


def expired_card_checks(conn: Connection, bank_id: str, now: datetime) -> Sequence[CardCheckRecord]:
    """Return the checks that neither ended nor were confirmed in time."""
    query = _CHECKS.where(
        _t.bank_id == bank_id,
        _t.state.in_(CARD_CHECK_STATES.states_allowing(CardCheckEvent.FAIL)),
        _t.asked_at <= now - CHECK_LIFE,
    )
    return [_record(row) for row in conn.execute(query).all()]


def _record(row: Row[Any]) -> CardCheckRecord:
    return CardCheckRecord(
        bank_id=row.bank_id,
        check_id=row.check_id,
        key=row.key,
        customer_id=row.customer_id,
        partner=row.partner,
        action=row.action,
        state=CardCheckState(row.state),
        reason=OrderReason.model_validate(row.reason) if row.reason else None,
        card_number=row.card_number,
        card_phone=row.card_phone,
        bank_name=row.bank_name,
        last_four=row.last_four,
        wrong_codes=row.tries,
        last_wrong_code_mark=row.wrong_code_mark,
        codes=row.codes,
        requested_at=row.asked_at,
        code_issued_at=row.coded_at,
        confirmed_at=row.confirmed_at,
        used_by_intent=row.used_by_intent,
        holder=None
        if row.holder_id_number is None
        else CardHolder(row.holder_name, row.holder_id_number, row.holder_lang),
    )
