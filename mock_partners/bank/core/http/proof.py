"""`GET /proof`, for operators of the bank."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from mock_partners.bank.core.kernel.access import PROOF, authorise
from mock_partners.bank.core.kernel.proof import prove
from mock_partners.bank.core.kernel.services import core_of
from mock_partners.bank.core.rooms import PROOFS
from partner_adapters.kit.web.json_answers import answer


async def show(request: Request) -> Response:
    """Every invariant of the bank's books, run now on one snapshot, with both sides where it breaks."""
    core, ctx = core_of(request), authorise(request, PROOF)
    return answer(await core.store.read(lambda conn: prove(conn, ctx.bank_id, PROOFS)))
