"""`/requests`: the partner's own requests of the last 30 days, by `request_id`, with the reason of each refusal."""

from __future__ import annotations

from datetime import datetime

from h5app.partner_api import cursors, request_log
from h5app.partner_api.endpoint import Call, Endpoint
from h5app.partner_api.problems import refusal
from h5app.partner_api.request_log import Line
from h5app.partner_api.wire import Moment, Page, Wire

KIND = "requests"


class LoggedRequest(Wire):
    """One request. `path` is a template, and no body is kept."""

    request_id: str
    at: Moment
    method: str
    path: str
    status: int
    code: str | None
    """The code of the refusal."""
    reason: str | None
    field: str | None
    """The field that the refusal named. null: none, or one that does not look like a name."""
    key_id: str
    ms: int
    """How long the answer took."""


class LoggedRequestList(Wire):
    """Newest first."""

    items: list[LoggedRequest]
    next: str | None


async def list_requests(call: Call) -> LoggedRequestList:
    """Return a page of the log."""
    asked, signing = call.asked(Page), call.api.signing
    before = None
    if asked.after is not None:
        at, request_id = cursors.read(signing, KIND, call.partner, asked.after)
        before = (datetime.fromisoformat(at), str(request_id))
    await call.api.log.write()
    lines = await call.api.store.read(
        lambda conn: request_log.page(conn, call.partner, before, asked.limit + 1)
    )
    shown = lines[: asked.limit]
    following = None
    if len(lines) > asked.limit:
        following = cursors.write(signing, KIND, call.partner, shown[-1].at.isoformat(), shown[-1].request_id)
    return LoggedRequestList(items=[_shown(line) for line in shown], next=following)


async def show_request(call: Call) -> LoggedRequest:
    """Return one request."""
    await call.api.log.write()
    line = await call.api.store.read(
        lambda conn: request_log.find(conn, call.partner, call.ids["request_id"])
    )
    if line is None:
        raise refusal("request.unknown", "the log keeps 30 days, of your own requests")
    return _shown(line)


def _shown(line: Line) -> LoggedRequest:
    return LoggedRequest(
        request_id=line.request_id,
        at=line.at,
        method=line.method,
        path=line.path,
        status=line.status,
        code=line.code,
        reason=line.reason,
        field=line.field,
        key_id=line.key_id,
        ms=line.ms,
    )


ENDPOINTS = [
    Endpoint(
        "GET",
        "/requests",
        "requests_list",
        "List your requests of the last 30 days, newest first.",
        LoggedRequestList,
        list_requests,
        scope="requests:read",
        query=Page,
    ),
    Endpoint(
        "GET",
        "/requests/{request_id}",
        "requests_get",
        "Find one of your requests by its id.",
        LoggedRequest,
        show_request,
        scope="requests:read",
        unknown="request.unknown",
    ),
]
