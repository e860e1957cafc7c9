"""The card network's signed notices: verified by their signature, settled like the network's other answers."""

from __future__ import annotations

import hashlib

from starlette.requests import Request
from starlette.responses import Response

from mock_partners.bank.core.account_services.transfers import settle
from mock_partners.bank.core.http.queues import find_queue
from mock_partners.bank.core.kernel.caller import Notice
from mock_partners.bank.core.kernel.services import core_of
from mock_partners.bank.core.orders.differences import record
from mock_partners.bank.core.reconciliation.card_transfers import TRANSFERS
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed

SOURCE = "card_network.notice"


async def receive(request: Request) -> Response:
    """Answer 204 once the notice is verified and booked. The network repeats it until then.

    Problems 401 `signature.invalid`, 422 `transfer.unknown|kind_differs|amount_differs|late_success|older_news`.
    """
    core, bank_id = core_of(request), request.path_params["bank_id"]
    if bank_id not in core.settings.bank:
        raise Problem(404, "bank.unknown")
    ctx, body = core.context(bank_id, Notice(SOURCE)), await request.body()
    try:
        notice = await core.card_network.verify_notice(body.decode("latin-1"))
        if notice.bank_id != bank_id:
            raise Problem(401, "signature.invalid", "the notice is meant for another bank")
    except CallFailed as error:
        raise Problem(503, "card_network.unavailable", error.reason) from error
    except Problem as problem:
        code, digest = problem.code, hashlib.sha256(body).hexdigest()
        await core.store.write(lambda conn: record(conn, ctx, SOURCE, digest, code, {}, {}))
        raise
    queue = await find_queue(core, ctx, {"intent": notice.intent})
    contradiction = await core.store.write(
        lambda conn: settle(conn, ctx, TRANSFERS, notice, SOURCE), SOURCE, queue=queue
    )
    if contradiction is not None:
        raise Problem(422, contradiction)
    return Response(status_code=204)
