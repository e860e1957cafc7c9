"""Keys of intents: the same confirmation has the same key, everything else has another."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from h5app.confirming import intents
from h5app.sessions import Session
from h5app.visit import Visit, visit_of
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.site import PARTNER, Site

pytestmark = pytest.mark.anyio


async def _visit(pages: Site, **changes: object) -> Visit:
    from starlette.requests import Request

    from h5app.visit import VisitMiddleware

    seen: list[Visit] = []

    async def app(scope: dict, receive: object, send: object) -> None:  # type: ignore[type-arg]
        seen.append(visit_of(Request(scope)))

    secret = await pages.log_in()
    cookie = f"{pages.cookie}={secret}".encode()
    scope: dict[str, object] = {"type": "http", "method": "GET", "path": f"/{PARTNER}/", "query_string": b""}
    scope["headers"] = [(b"cookie", cookie)]
    await VisitMiddleware(app, pages.services)(scope, None, None)  # type: ignore[arg-type]
    visit = seen[0]
    assert visit.session is not None
    session: Session = replace(visit.session, **changes)  # type: ignore[arg-type]
    return replace(visit, session=session)


def _key(visit: Visit, purpose: str, content: dict[str, object]) -> str:
    return intents.open_(visit, purpose, intents.issue(visit, purpose, content)).key


async def test_issuing_twice_gives_one_key(pages: Site) -> None:
    visit = await _visit(pages)
    later = replace(visit, now=datetime(2030, 1, 1, tzinfo=UTC))
    assert _key(visit, "top_up", {"a": 1}) == _key(later, "top_up", {"a": 1})


async def test_purpose_content_turn_session_and_person_each_make_another_key(pages: Site) -> None:
    visit = await _visit(pages)
    session = visit.live_session
    others = [
        _key(visit, "drawdown", {"a": 1}),
        _key(visit, "top_up", {"a": 2}),
        _key(
            replace(visit, session=replace(session, completed_by_purpose={"top_up": 1})), "top_up", {"a": 1}
        ),
        _key(replace(visit, session=replace(session, ref="another")), "top_up", {"a": 1}),
        _key(
            replace(visit, session=replace(session, person=replace(session.person, customer_id="cu-2"))),
            "top_up",
            {"a": 1},
        ),
    ]
    assert len({_key(visit, "top_up", {"a": 1}), *others}) == 6


async def test_a_key_fits_the_header_that_carries_it(pages: Site) -> None:
    visit = await _visit(pages)
    intent = intents.open_(visit, "top_up", intents.issue(visit, "top_up", {}))
    assert len(intent.key) <= 64
    assert intent.part("consents") not in (intent.key, intent.part("other"))


async def test_the_content_comes_back_as_it_was_given(pages: Site) -> None:
    visit = await _visit(pages)
    content = {"line_id": "ln-1", "draw": {"amount_fen": "100.00"}, "名": ["字"]}
    intent = intents.open_(visit, "drawdown", intents.issue(visit, "drawdown", content))
    assert intent.content == content
    assert intent.issued_at == pages.clock.wall().replace(microsecond=0)


async def test_a_foreign_stale_or_forged_intent_is_refused(pages: Site) -> None:
    visit, other = await _visit(pages), await _visit(pages)
    token = intents.issue(visit, "top_up", {})
    # Not its last letter: some of that one's bits count for nothing.
    forged = token[:-3] + ("A" if token[-3] != "A" else "B") + token[-2:]
    refused = [
        (other, "top_up", token),
        (visit, "drawdown", token),
        (visit, "top_up", forged),
        (visit, "top_up", ""),
        (visit, "top_up", visit.signing.sign("intent.top_up", "no list")),
    ]
    for who, purpose, text in refused:
        with pytest.raises(Problem, match=r"409 intent\.stale"):
            intents.open_(who, purpose, text)
