"""Step-up: a fresh check for an action that needs one, by face or by bank card and SMS code.

    evidence = await step_up.obtain_evidence(request, "drawdown", form, intent, amount_fen)
    if isinstance(evidence, Response):
        return evidence

The form is saved on the server while the customer is away for the check. They come back to the page that asked, filled
as it was, with `visit.saved_form.why` `face` or `card`, and its button finishes. Coming back executes nothing. The bank
verifies the same signed statement again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from h5app import sessions
from h5app.confirming import drafts
from h5app.confirming.actions import ACTIONS
from h5app.confirming.intents import Intent
from h5app.confirming.submit import find_sending
from h5app.page import link, see_other
from h5app.services import services_of
from h5app.sessions import CardCheckStatement, CheckStatement, FaceStatement
from h5app.visit import SavedForm, SavedReason, Visit, visit_of
from partner_adapters.core_bank.wire import Evidence
from partner_adapters.identity.policy import AcceptedCheck, Action, accept
from partner_adapters.kit.pages.addresses import safe_return
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.pages.security import csrf_token
from partner_adapters.kit.values.problems import Problem

# A check that expires this soon counts as expired, so that the bank does not refuse it a moment later.
SPARE_S = 30

# The button with this name and the value `card` chooses the check without a face.
CHECK_BY = "check_by"

# The purpose of the consent without which the bank accepts no check by face.
FACE_CONSENT = "face_processing"

# The bank's refusals that another check resolves.
CHECK_REFUSED = frozenset({"step_up.required", "step_up.over_limit"})

_ACTION, _AMOUNT = "step_up.action", "step_up.amount_fen"


@dataclass(frozen=True)
class NeededCheck:
    """What a confirm page says about the check that its button leads to.

    `by_card`: the bank's method without a face, None where it offers none. `over_limit`: the amount exceeds its limit.
    """

    by_card: AcceptedCheck | None
    over_limit: bool


@dataclass(frozen=True)
class PendingCheck:
    """A form that waits for a check. `passed_by` is `face` or `card` once the check has passed, else ""."""

    return_to: str
    action: Action
    amount_fen: int | None
    needed: NeededCheck
    passed_by: str


def needed(request: Request, action: Action, amount_fen: int | None = None) -> NeededCheck | None:
    """Return the check that the action still needs; None if the latest check is recent and strong enough."""
    if is_fresh(request, action, amount_fen):
        return None
    return _needed(visit_of(request), action, amount_fen)


def is_fresh(request: Request, action: Action, amount_fen: int | None = None) -> bool:
    """Whether the customer's latest check serves this action and its amount."""
    session, now = visit_of(request).live_session, services_of(request).clock.wall()
    skew_s = visit_of(request).partner.identity.clock_skew_s
    by = "partner" if session.check_for is None else "bank"
    if session.check_for not in (None, action):
        return False
    methods = [
        method for method in visit_of(request).partner.step_up.accepted_checks(action) if method.by == by
    ]
    return any(
        method.refusal(session.check, now, SPARE_S, skew_s) is None and not _exceeds(method, amount_fen)
        for method in methods
    )


async def obtain_evidence(
    request: Request, action: Action, form: Form, intent: Intent, amount_fen: int | None = None
) -> Evidence | Response:
    """Return the statement that serves the action, or the redirect to a check that produces one.

    An intent that was sent before is not checked again: the redirect then leads to its order.
    """
    services, session = services_of(request), visit_of(request).live_session
    if is_fresh(request, action, amount_fen):
        return sessions.evidence_of(services, session)
    if await find_sending(services, session, intent.key):
        return see_other(request, "order", intent=intent.key)
    return await redirect_to_check(request, action, form, amount_fen)


async def redirect_to_check(
    request: Request, action: Action, form: Form, amount_fen: int | None = None
) -> Response:
    """Save the form and redirect to the check that the customer chose.

    Pages also use it when the bank refuses the evidence, because the bank's policy may differ from the one known here.
    """
    return_to = await _save_waiting(request, action, form, amount_fen)
    by_card = form.values[CHECK_BY] == "card" or not visit_of(request).by_face
    return see_other(request, "card_check" if by_card else "face", {"next": return_to})


def lacks_face_consent(problem: Problem) -> bool:
    """Whether the bank refused evidence by face because the customer withdrew the consent to it."""
    return problem.code == "consent.missing" and problem.params.get("purpose") == FACE_CONSENT


async def redirect_to_face_consent(
    request: Request, action: Action, form: Form, amount_fen: int | None = None
) -> Response:
    """Save the form and redirect to the consent, whose page also offers the check without a face."""
    return_to = await _save_waiting(request, action, form, amount_fen)
    return see_other(request, "give_consent", {"next": return_to}, purpose=FACE_CONSENT)


async def _save_waiting(request: Request, action: Action, form: Form, amount_fen: int | None) -> str:
    """Save the form as one that waits for a check, and return the address that fills it again."""
    not_typed = (csrf_token.FIELD, CHECK_BY, drafts.QUERY)
    typed = {name: value for name, value in form.values.items() if name not in not_typed}
    pending = {_ACTION: action, _AMOUNT: "" if amount_fen is None else str(amount_fen)}
    # `pending` last: it wins over fields of the same names that a browser may have posted.
    owner = visit_of(request).live_session
    draft_id = await drafts.save(services_of(request), owner, "waiting", typed | pending)
    return f"{request.url.path}?{drafts.QUERY}={draft_id}"


def expire_check(request: Request, saved: SavedForm) -> SavedForm:
    """Return the saved form; one whose check has expired or been used counts as waiting again."""
    if saved.why not in drafts.PASSED or is_fresh(request, *_pending_action(saved)):
        return saved
    return replace(saved, why="waiting")


async def find_pending(request: Request, return_to: str) -> PendingCheck | None:
    """Return the pending check of the form that `return_to` fills; None if no form of this customer waits there."""
    visit = visit_of(request)
    saved = await drafts.read(services_of(request), visit.live_session, drafts.id_in(return_to))
    if saved is None or saved.why not in drafts.FOR_A_CHECK:
        return None
    action, amount_fen = _pending_action(saved)
    passed_by = saved.why if saved.why in drafts.PASSED else ""
    return PendingCheck(return_to, action, amount_fen, _needed(visit, action, amount_fen), passed_by)


async def require_pending(request: Request, form: Form) -> PendingCheck | Response:
    """Return the pending check that the field or query `next` names; the redirect to `next` where none is pending."""
    wanted = form.values["next"] or request.query_params.get("next", "")
    return_to = safe_return(visit_of(request).partner.id, wanted) or link(request, "home")
    return await find_pending(request, return_to) or RedirectResponse(return_to, 303)


async def record_passed(request: Request, return_to: str, statement: CheckStatement) -> None:
    """Record that the session's customer passed a check, in the session and in the form that waits for it.

    Raises `IdentityUntrusted` if the partner's check is too weak for that form's action.
    """
    services, visit = services_of(request), visit_of(request)
    if isinstance(statement, FaceStatement) and (pending := await find_pending(request, return_to)):
        accepted, skew_s = (
            visit.partner.step_up.accepted_checks(pending.action),
            visit.partner.identity.clock_skew_s,
        )
        accept(accepted, statement.check, visit.now, skew_s=skew_s)
    await sessions.renew_check(services, visit.live_session, statement)
    passed_by: SavedReason = "card" if isinstance(statement, CardCheckStatement) else "face"
    await drafts.mark_passed(services, visit.live_session, drafts.id_in(return_to), passed_by)


def link_without_face(request: Request, return_to: str) -> str | None:
    """Return the link to the card check after a failed face check; None if it is not offered or no form waits."""
    policy = visit_of(request).partner.step_up
    is_offered = any(policy.bank_check(action.step_up) for action in ACTIONS.values() if action.step_up)
    waits = f"{drafts.QUERY}=" in return_to
    return link(request, "card_check", {"next": return_to}) if is_offered and waits else None


def _pending_action(saved: SavedForm) -> tuple[Action, int | None]:
    """Read what `redirect_to_check` wrote; only a draft that was saved for a check may be read so."""
    amount_fen = saved.values[_AMOUNT]
    return cast(Action, saved.values[_ACTION]), int(amount_fen) if amount_fen else None


def _needed(visit: Visit, action: Action, amount_fen: int | None) -> NeededCheck:
    by_card = visit.partner.step_up.bank_check(action)
    return NeededCheck(by_card, by_card is not None and _exceeds(by_card, amount_fen))


def _exceeds(method: AcceptedCheck, amount_fen: int | None) -> bool:
    return method.limit_fen is not None and amount_fen is not None and amount_fen > method.limit_fen
