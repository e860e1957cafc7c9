"""A fresh check where an action needs one, by face or by card and code; the bank checks the same signed word again.

    evidence = await step_up.fresh(request, "drawdown", form, intent, amount_fen)
    if isinstance(evidence, Response):
        return evidence

The form is kept on the server while the person is away; they come back to the page that asked, filled as it was, with
`visit.kept.why` `face` or `card`, and its button finishes. Nothing is executed by coming back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response

from h5app import sessions
from h5app.confirming import drafts
from h5app.confirming.intents import Intent
from h5app.confirming.submit import when_placed
from h5app.page import link, see_other
from h5app.services import parts_of
from h5app.visit import Kept, Visit, visit_of
from partner_adapters.core_bank.wire import Evidence
from partner_adapters.identity.policy import Action, Way, accept
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.pages.security import csrf_token

SPARE_S = 30
"""A check that ends this soon is asked for anew, so that the bank does not refuse it on the way."""
WAY = "way"
"""The name of the button that chooses the way without face: its value is `card`."""
ASK_AGAIN = frozenset({"step_up.required", "step_up.over_limit"})
"""What the bank says where the check behind a command does not do."""
_ACTION, _AMOUNT = "step_up.action", "step_up.amount_fen"


@dataclass(frozen=True)
class Needed:
    """What a confirm page says about the check that its button leads to."""

    by_card: Way | None
    """The way without face, where the bank offers it."""
    too_much: bool
    """The amount is beyond what may be done without face."""


@dataclass(frozen=True)
class Waiting:
    """A form that waits for a check: what it is for."""

    action: Action
    amount_fen: int | None
    needed: Needed
    came_by: str
    """`face` or `card` once the check has come; until then ""."""


def needed(request: Request, action: Action, amount_fen: int | None = None) -> Needed | None:
    """None: the person was checked recently and well enough for this, so nothing more is asked for."""
    if is_fresh(request, action, amount_fen):
        return None
    return _needed(visit_of(request), action, amount_fen)


def is_fresh(request: Request, action: Action, amount_fen: int | None = None) -> bool:
    """Whether the last check still does for the action and its amount."""
    session, now = visit_of(request).person, parts_of(request).clock.wall()
    by = "partner" if session.check_for is None else "bank"
    if session.check_for not in (None, action):
        return False
    ways = [way for way in visit_of(request).partner.step_up.ways(action) if way.by == by]
    return any(
        way.refusal(session.check, now, SPARE_S) is None and not _beyond(way, amount_fen) for way in ways
    )


async def fresh(
    request: Request, action: Action, form: Form, intent: Intent, amount_fen: int | None = None
) -> Evidence | Response:
    """A word fresh enough for the action, or the redirect that gets one; for what was sent before, to its order."""
    parts, session = parts_of(request), visit_of(request).person
    if is_fresh(request, action, amount_fen):
        return Evidence(statement=sessions.evidence_of(parts, session))
    if await when_placed(parts, session, intent.key):
        return see_other(request, "order", intent=intent.key)
    return await ask(request, action, form, amount_fen)


async def ask(request: Request, action: Action, form: Form, amount_fen: int | None = None) -> Response:
    """Keep the form and send the person to be checked, the way they chose. Also when the bank says so.

    The bank says so by `step_up.required`, and by `step_up.over_limit`, where its limits are not those known here.
    """
    parts, session = parts_of(request), visit_of(request).person
    ours = (csrf_token.FIELD, WAY, drafts.QUERY)
    typed = {name: value for name, value in form.values.items() if name not in ours}
    about = {_ACTION: action, _AMOUNT: "" if amount_fen is None else str(amount_fen)}
    draft_id = await drafts.keep(parts, session, "waiting", typed | about)
    without = form.values[WAY] == "card" or not visit_of(request).by_face
    to = "card_check" if without else "face"
    return see_other(request, to, {"next": f"{request.url.path}?{drafts.QUERY}={draft_id}"})


def as_it_stands(request: Request, kept: Kept) -> Kept:
    """A check that came and no longer serves, being old or used, is waited for again."""
    if kept.why not in drafts.CAME or is_fresh(request, *_about(kept)):
        return kept
    return replace(kept, why="waiting")


async def waiting(request: Request, back_to: str) -> Waiting | None:
    """What the form that `back_to` leads to waits for; None where it waits for no check, or is not this person's."""
    visit = visit_of(request)
    kept = await drafts.read(parts_of(request), visit.person, drafts.id_in(back_to))
    if kept is None or kept.why not in drafts.FOR_A_CHECK:
        return None
    action, amount_fen = _about(kept)
    came_by = kept.why if kept.why in drafts.CAME else ""
    return Waiting(action, amount_fen, _needed(visit, action, amount_fen), came_by)


async def passed(request: Request, back_to: str, word: sessions.Word) -> None:
    """The person of this session was just checked; the form that waits for it says so.

    Raises `IdentityUntrusted` where the partner's check is not what that form's action needs.
    """
    parts, visit = parts_of(request), visit_of(request)
    session = visit.person
    if word.check_for is None and (waits := await waiting(request, back_to)):
        accept(visit.partner.step_up.ways(waits.action), word.check, visit.now)
    await sessions.renew_evidence(parts, session, word)
    await drafts.mark(parts, session, drafts.id_in(back_to), "card" if word.check_for else "face")


def way_without(request: Request, back_to: str) -> str | None:
    """Where a person whose face check did not come about can go on without; None where there is no such way."""
    offered = any(
        visit_of(request).partner.step_up.by_card(action) for action in ("account_opening", "drawdown")
    )
    waits = f"{drafts.QUERY}=" in back_to
    return link(request, "card_check", {"next": back_to}) if offered and waits else None


def _about(kept: Kept) -> tuple[Action, int | None]:
    action, amount_fen = kept.values[_ACTION], kept.values[_AMOUNT]
    return action, int(amount_fen) if amount_fen else None  # type: ignore[return-value]


def _needed(visit: Visit, action: Action, amount_fen: int | None) -> Needed:
    way = visit.partner.step_up.by_card(action)
    return Needed(way, way is not None and _beyond(way, amount_fen))


def _beyond(way: Way, amount_fen: int | None) -> bool:
    return way.limit_fen is not None and amount_fen is not None and amount_fen > way.limit_fen
