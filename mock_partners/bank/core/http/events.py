"""The partners' feed of events, which waits for the next one, and the list of statuses."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from mock_partners.bank.core.events.reading import list_events, list_statuses, position_before, read_number
from mock_partners.bank.core.kernel.access import authorise
from mock_partners.bank.core.kernel.services import core_of
from partner_adapters.core_bank.events import MOST_ITEMS, MOST_WAIT_S
from partner_adapters.kit.values.clock import monotonic
from partner_adapters.kit.values.problems import invalid
from partner_adapters.kit.web.json_answers import answer
from partner_adapters.kit.web.serving import ending_of

_MOST = 10**18


async def events(request: Request) -> Response:
    """Answer the events after a position or since a moment. Without any, wait for the next one as long as asked.

    `external_reference` or `order` leaves only those of what was done under that reference, or made by that order.

    Problems 422 `events.parameter_invalid`, 429 `events.too_many_waiting`.
    """
    core, ctx, asked = core_of(request), authorise(request), request.query_params
    ending_of(request.scope).then(core.feed.end_waits)
    limit = read_number(asked, "limit", 1, MOST_ITEMS, MOST_ITEMS)
    wait_s = read_number(asked, "wait", 0, MOST_WAIT_S, 0)
    after = read_number(asked, "after", 0, _MOST, 0)
    if since := asked.get("since"):
        moment = _read_moment(since)
        after = await core.store.read(lambda conn: position_before(conn, ctx, moment))
    reader, until = (ctx.bank_id, ctx.partner), monotonic() + wait_s
    while True:
        found = await core.store.read(lambda conn: list_events(conn, ctx, after, limit, asked))
        left_s = until - monotonic()
        if found.items or left_s <= 0 or core.feed.is_ended:
            return answer(found)
        await core.feed.wait_after(reader, found.last, left_s)


async def statuses(request: Request) -> Response:
    """Answer a part of the statuses. Problem 422 `events.parameter_invalid`."""
    core, ctx = core_of(request), authorise(request)
    return answer(await core.store.read(lambda conn: list_statuses(conn, ctx, request.query_params)))


def _read_moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise invalid("since", "events.parameter_invalid") from None
