"""Card checks of visitors who have not logged in, by which an account is frozen.

The check is the customers' own (`card_checks.py`), with a holder whom the visitor names. Until the code was right, the
answers do not depend on whether the holder is a customer. They do not tell which of the elements differ.
"""

from __future__ import annotations

from sqlalchemy import Connection, insert

from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.limit_uses import count_use
from mock_partners.bank.core.kernel.limits import FREEZES_BY_PHONE, FREEZES_OF_PERSON
from mock_partners.bank.core.kernel.parties import CARD_NETWORK, MESSAGES
from mock_partners.bank.core.kernel.services import enqueue_leased
from mock_partners.bank.core.kernel.stops import stopped_party, until_param
from mock_partners.bank.core.verification.card_checks import VERIFY
from mock_partners.bank.core.verification.statements import mark_of_stranger
from mock_partners.bank.core.verification.tables import card_check
from partner_adapters.core_bank.card_checks import CardCheckState
from partner_adapters.core_bank.freezes import AskFreezeCheck
from partner_adapters.kit.values.problems import Problem

ACTION = "account_freezing"


def start(conn: Connection, ctx: Context, command: AskFreezeCheck, intent: str) -> Started:
    """Start a visitor's check; its id is the intent. Problems as `Freezes.start_check` names them."""
    if stop := stopped_party(conn, ctx, CARD_NETWORK, MESSAGES):
        raise Problem(409, "card_check.stopped", params=until_param(stop))
    count_use(conn, ctx, FREEZES_OF_PERSON, mark_of_stranger(ctx, "person", command.id_number))
    count_use(conn, ctx, FREEZES_BY_PHONE, mark_of_stranger(ctx, "phone", command.phone))
    conn.execute(
        insert(card_check).values(
            bank_id=ctx.bank_id,
            check_id=intent,
            customer_id=None,
            partner=ctx.partner,
            action=ACTION,
            state=CardCheckState.CHECKING,
            reason={},
            card_number=command.card_number,
            card_phone=command.phone,
            bank_name={},
            last_four="",
            tries=0,
            codes=0,
            asked_at=ctx.wall,
            holder_name=command.name,
            holder_id_number=command.id_number,
            holder_lang=command.lang,
        )
    )
    return Started(enqueue_leased(conn, ctx, VERIFY, intent, customer_id=""))
