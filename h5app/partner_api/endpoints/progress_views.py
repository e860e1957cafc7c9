"""`POST /progress_views`: an address for a frame of the partner's page that shows how one request stands."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlencode

from pydantic import Field
from sqlalchemy import Connection

from h5app import progress_views
from h5app.partner_api.endpoint import Call, Endpoint
from h5app.partner_api.problems import refusal
from h5app.partner_api.wire import Command, ExternalReference, Moment, Wire
from h5app.progress_views import ProgressView
from partner_adapters.kit.durable.idempotency import Answer
from partner_adapters.kit.pages.security.secrets import new_secret
from partner_adapters.kit.values.texts import Lang

ORDER = r"^[0-9A-Za-z-]{1,32}$"


class CreateProgressView(Command):
    """Which request the view shows: give `external_reference` or `order`, not both."""

    external_reference: ExternalReference | None = None
    order: str | None = Field(default=None, pattern=ORDER)
    """The reference of one order. What it made is shown with it."""
    lang: Lang | None = None
    text_size: Literal["standard", "elder", "largest"] | None = None


class NewProgressView(Wire):
    """A view, which shows states only. Its `url` is shown here only."""

    id: str
    url: str
    """For a frame of your page. Anyone who has it can see the states until it expires, as often as they like."""
    expires_at: Moment


async def create(call: Call) -> Answer:
    """Make a view. Whether there is something to show is read each time when it is opened."""
    wanted = call.sent(CreateProgressView)
    if wanted.external_reference is None and wanted.order is None:
        raise refusal("field.missing", "give external_reference or order", "external_reference")
    if wanted.external_reference is not None and wanted.order is not None:
        raise refusal("field.invalid", "give external_reference or order, not both", "order")
    view_id, secret, now = progress_views.new_id(), new_secret(), call.api.clock.wall()
    view = ProgressView(wanted.external_reference, wanted.order)

    def effect(conn: Connection) -> NewProgressView:
        expires_at = progress_views.add(conn, call.partner, view_id, secret, view, now)
        return NewProgressView(id=view_id, url=_address(call, wanted, secret), expires_at=expires_at)

    return await call.write_once(effect)


def _address(call: Call, wanted: CreateProgressView, secret: str) -> str:
    asked = {progress_views.QUERY: secret, "lang": wanted.lang, "ui": wanted.text_size}
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    return f"{call.api.settings.base_url}/{call.partner}/progress?{query}"


ENDPOINT = Endpoint(
    "POST",
    "/progress_views",
    "progress_views_create",
    "Make an address for a frame of your page that shows how one request stands.",
    NewProgressView,
    create,
    scope="status:read",
    body=CreateProgressView,
    status=201,
    once=True,
)
