"""Requested account openings as the core reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from mock_partners.bank.core.account_services.tables import opening
from mock_partners.bank.core.kernel.settings import AccountClass
from partner_adapters.core_bank.accounts import Particulars

_t = opening.c


@dataclass(frozen=True)
class OpeningRecord:
    """What an opening asks for. Card number and phone are None once it has ended."""

    intent: str
    customer_id: str
    card_number: str | None
    card_phone: str | None
    particulars: Particulars
    requested_at: datetime
    account_class: AccountClass


def read_opening(conn: Connection, bank_id: str, intent: str) -> OpeningRecord:
    """Return the opening that this intent ordered."""
    row = conn.execute(select(opening).where(_t.bank_id == bank_id, _t.intent == intent)).one()
    return OpeningRecord(
        intent=row.intent,
        customer_id=row.customer_id,
        card_number=row.card_number,
        card_phone=row.card_phone,
        particulars=Particulars.model_validate(row.particulars),
        requested_at=row.asked_at,
        account_class=row.account_class,
    )
