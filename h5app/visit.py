"""The visit of a request: customer, partner and look, at `request.state.visit` on every page of a known partner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from h5app import sessions
from h5app.services import Services, services_of
from h5app.sessions import Session, TextSize
from partner_adapters.core_bank.calls import referring_to
from partner_adapters.core_bank.client import CoreBank
from partner_adapters.identity.policy import Action
from partner_adapters.kit.pages.htmx import HTMX
from partner_adapters.kit.pages.security import csrf_token
from partner_adapters.kit.pages.security.frames import is_in_frame
from partner_adapters.kit.pages.security.signing import Signing
from partner_adapters.kit.values.clock import CHINA
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.texts import Lang
from partner_adapters.partners.partner import Partner

# Why a form was saved: its session ended, it met an error page, its action lacks a consent, it waits for a check, that
# check passed by face or by card. `steps` are the answers of a journey.
SavedReason = Literal["lapsed", "error", "consent", "waiting", "face", "card", "steps"]

# Pages that know no session, though the browser may send its cookie. What stands in a partner's page shows no person,
# and that it loads does not show that the customer is there.
WITHOUT_SESSION = frozenset({"progress"})


@dataclass(frozen=True)
class SavedForm:
    """A form that was interrupted, or what the customer has answered so far in a form of several screens."""

    draft_id: str
    why: SavedReason
    values: Mapping[str, str]


@dataclass(frozen=True)
class Visit:
    """The visitor of one request.

    `session` is None until the customer logs in, and `lapsed` is then their expired session, if the browser names one.
    """

    partner: Partner
    session: Session | None
    core: CoreBank
    lang: Lang
    text_size: TextSize
    now: datetime  # protocol time of this request
    signing: Signing = field(repr=False)
    # Whether the partner checks faces. Where it does not, no page offers a face check.
    by_face: bool = True
    # Whether the browser says that this page stands in a frame, and the partner may frame us.
    framed: bool = False
    # The language and text size in the address of a visitor without a session.
    asked_lang: Lang | None = None
    asked_text_size: TextSize | None = None
    lapsed: Session | None = None
    saved_form: SavedForm | None = None

    def most_here_fen(self, action: Action) -> int | None:
        """Return the most that one such action may move at this partner; None where only the product limits it.

        Where the partner checks no faces, the bank's own check has a limit. Without such a check nothing is possible.
        """
        if self.by_face:
            return None
        by_bank = self.partner.step_up.bank_check(action)
        return 0 if by_bank is None else by_bank.limit_fen

    @property
    def live_session(self) -> Session:
        """Return the live session, on pages that `signed_in` guards."""
        assert self.session is not None
        return self.session

    @property
    def look_query(self) -> dict[str, str]:
        """Return what keeps the look that a visitor without a session chose, for the query of a link."""
        chosen = {"lang": self.asked_lang, "ui": self.asked_text_size}
        return {name: value for name, value in chosen.items() if value}

    @property
    def csrf_token(self) -> str:
        """Return the token for a form of this page, or "" for a visitor without a session."""
        known = self.session or self.lapsed
        return csrf_token.issue(self.signing, known.ref) if known else ""

    @property
    def session_mark(self) -> str:
        """Return what a page names its session by when it asks whether that is still open. It gives no access."""
        return sessions.mark_of(self.live_session.ref)

    @property
    def today(self) -> date:
        """Return the bank's date by its latest response, or China's before the first one."""
        return self.core.calls.business_date or self.now.astimezone(CHINA).date()


def visit_of(request: Request) -> Visit:
    """Return the request's visit. Raise `Problem` 404 `partner.unknown` where the path names no partner of ours."""
    visit: Visit | None = getattr(request.state, "visit", None)
    if visit is None:
        raise Problem(404, "partner.unknown")
    return visit


def look_as(request: Request, lang: str | None, text_size: str | None) -> None:
    """Give this response the look that the host asks for, unless a customer is logged in or chose in the address."""
    visit = visit_of(request)
    if visit.session is None:
        request.state.visit = replace(
            visit,
            lang=visit.asked_lang or sessions.as_lang(lang) or visit.lang,
            text_size=visit.asked_text_size or sessions.as_text_size(text_size) or visit.text_size,
        )


def tiles_with_faces(request: Request) -> list[Partner]:
    """Return the other partners of the same bank that check faces, where the limits of this one do not apply."""
    own = visit_of(request).partner
    return [
        access.partner
        for access in services_of(request).partners.values()
        if access.partner.id != own.id and access.identity.checks_faces and access.partner.bank == own.bank
    ]


class VisitMiddleware:
    """Find partner and session of each request. A path without a known partner gets no visit."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self.app = app
        self.services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            # `OPTIONS *` has a path without a slash.
            partner = scope["path"].removeprefix("/").partition("/")[0]
            if partner in self.services.partners:
                state = scope.setdefault("state", {})
                state["page_policy"] = self.services.partners[partner].page_policy
                visit = state["visit"] = await self._visit(Request(scope), partner)
                with referring_to(visit.session.external_reference if visit.session else None):
                    await self.app(scope, receive, send)
                return
        await self.app(scope, receive, send)

    async def _visit(self, request: Request, partner: str) -> Visit:
        access = self.services.partners[partner]
        page = request.url.path.removeprefix(f"/{partner}/")
        has_session = page not in WITHOUT_SESSION
        found = await sessions.find(self.services, partner, request) if has_session else None
        live = found if found is not None and found.is_live(self.services) else None
        # Neither a page that refreshes itself nor a link preview (HEAD) shows that the customer is still there.
        by_customer = request.method in ("GET", "POST") and HTMX not in request.scope["headers"]
        if live is not None and by_customer:
            self.services.uses.record(live.id_hash, self.services.clock.wall())
        query = request.query_params
        asked_lang = None if live else sessions.as_lang(query.get("lang"))
        asked_text_size = None if live else sessions.as_text_size(query.get("ui"))
        return Visit(
            partner=access.partner,
            session=live,
            core=access.core,
            lang=asked_lang or (found.lang if found else access.partner.lang),
            text_size=asked_text_size or (found.text_size if found else "standard"),
            asked_lang=asked_lang,
            asked_text_size=asked_text_size,
            now=self.services.clock.wall(),
            signing=self.services.signing,
            by_face=access.identity.checks_faces,
            framed=bool(access.partner.frame_ancestors) and is_in_frame(request),
            lapsed=None if live else found,
        )
