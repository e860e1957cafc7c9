"""Sign-out at the host: its server tells us, and our sessions of that customer end at once."""

from __future__ import annotations

from starlette.requests import Request

from h5app import sessions
from h5app.login import single_use
from h5app.services import services_of
from h5app.visit import visit_of
from partner_adapters.identity.sign_out import SignedOut


async def end_sessions(request: Request, notice: SignedOut) -> int:
    """End the sessions that the notice means. Return how many were open.

    Raises `LoginFailed` if the same notice was received before.
    """
    services, partner = services_of(request), visit_of(request).partner.id
    await single_use.claim_notice(services, partner, notice.once)
    return await sessions.end_of_subject(services, partner, notice.subject, notice.host_session)
