"""A card check as its customer sees it."""

from __future__ import annotations

from sqlalchemy import Connection

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.verification.limits import MAX_CODES, MAX_WRONG_CODES
from mock_partners.bank.core.verification.records import (
    CardCheckRecord,
    read_own_card_check,
    read_visitors_check,
)
from mock_partners.bank.core.verification.states import CardCheckEvent
from partner_adapters.core_bank.card_checks import CardCheck
from partner_adapters.kit.values.masking import mask_phone


def show_card_check(conn: Connection, ctx: Context, customer_id: str, check_id: str) -> CardCheck:
    """Return a check of an own customer. Problems 404 `customer.unknown`, `card_check.unknown`."""
    return card_check_to_wire(ctx, read_own_card_check(conn, ctx, customer_id, check_id))


def show_visitors_check(conn: Connection, ctx: Context, check_id: str) -> CardCheck:
    """Return the check of a visitor. Problem 404 `card_check.unknown`."""
    return card_check_to_wire(ctx, read_visitors_check(conn, ctx, check_id))


def card_check_to_wire(ctx: Context, check: CardCheckRecord) -> CardCheck:
    """Return the wire model."""
    # A visitor's check serves no action of the policy.
    method = None if check.action == "account_freezing" else ctx.step_up.bank_check(check.action)
    awaits_code = check.allows(CardCheckEvent.CONFIRM)
    return CardCheck(
        check_id=check.key,
        action=check.action,
        state=check.state,
        reason=check.reason,
        bank_name=check.bank_name,
        last_four=check.last_four,
        phone_masked=mask_phone(check.card_phone or ""),
        tries_left=MAX_WRONG_CODES - check.wrong_codes,
        codes_left=MAX_CODES - check.codes,
        code_ends_at=check.code_expires_at if awaits_code else None,
        another_code_at=check.next_code_at if awaits_code else None,
        limit_fen=method.limit_fen if method else None,
        confirmed_at=check.confirmed_at,
    )
