"""What of origination waits for the customer, for the home page."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from mock_partners.bank.core.credit.records import ApplicationRecord, contracts_to_sign
from mock_partners.bank.core.credit.wire import question_about
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.lines.states import LINE_STATES, LineEvent
from partner_adapters.core_bank.customers import ToDo
from partner_adapters.core_bank.lines import Line


def todo(
    conn: Connection,
    ctx: Context,
    customer_id: str,
    applications: Sequence[ApplicationRecord],
    lines: Sequence[Line],
) -> list[ToDo]:
    """What the staff asked about `applications` first, then contracts to sign, then `lines` that have room to draw."""
    asked = [
        ToDo(kind="more_asked", ref=application.application_id, due_on=question.until)
        for application in applications
        if (question := question_about(conn, ctx, application)) is not None
    ]
    to_sign = [
        ToDo(
            kind="sign_contract",
            ref=contract.contract_id,
            amount_fen=contract.offer.limit_fen,
            due_on=contract.offer_until,
        )
        for contract in contracts_to_sign(conn, ctx, customer_id)
    ]
    to_draw = [
        ToDo(kind="draw_available", ref=line.line_id, amount_fen=line.available_fen)
        for line in lines
        if LINE_STATES.allows(line.state, LineEvent.DRAW) and line.available_fen >= line.min_draw_fen
    ]
    return [*asked, *to_sign, *to_draw]
