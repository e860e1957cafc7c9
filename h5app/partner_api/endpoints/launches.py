"""`/launches`: one-time addresses of our pages, which the partner's server makes for one person, in every dialect."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

from pydantic import Field
from sqlalchemy import Connection, Row, insert
from sqlalchemy.exc import IntegrityError

from h5app import launches
from h5app.launches import ENTRIES, EntryName, LaunchState
from h5app.login import arrivals, single_use
from h5app.login.records import ReturnTarget
from h5app.partner_api import cursors
from h5app.partner_api.endpoint import Call, Endpoint
from h5app.partner_api.problems import refusal
from h5app.partner_api.wire import Command, ExternalReference, Moment, Page, Wire
from h5app.tables import arrivals as arrivals_table
from partner_adapters.identity.errors import IdentityError, IdentityUnavailable
from partner_adapters.identity.identity import Login
from partner_adapters.kit.durable.idempotency import Answer
from partner_adapters.kit.pages.security.secrets import new_secret
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.texts import Lang
from partner_adapters.kit.web.calls.http_client import CallFailed

KIND = "launches"
ENTRY_ID = r"^[A-Za-z0-9_-]{1,64}$"
MAX_HANDED_OVER = 16_384


class CreateLaunch(Command):
    """Where the person goes, and who it is if your server says so. Without a person, the launch leads to your login."""

    entry: EntryName
    entry_id: str | None = Field(default=None, pattern=ENTRY_ID)
    """The product of `apply`, the line of `draw`, the loan of `repay` or `loans`. Without it, their list."""
    external_reference: ExternalReference | None = None
    lang: Lang | None = None
    text_size: Literal["standard", "elder", "largest"] | None = None
    assertion: str | None = Field(default=None, min_length=20, max_length=MAX_HANDED_OVER)
    """In the dialect `assertion`: the signed statement about the person."""
    pushed: str | None = Field(default=None, min_length=20, max_length=MAX_HANDED_OVER)
    """In a sealed dialect: what your app would push to `/enter`."""


class Launch(Wire):
    """A launch. `opened` by a browser, `signed_in` once a person has logged in there."""

    id: str
    entry: EntryName
    entry_id: str | None
    external_reference: str | None
    state: LaunchState
    with_person: bool
    created_at: Moment
    expires_at: Moment
    """Until when a browser may open it."""
    opened_at: Moment | None
    signed_in_at: Moment | None


class NewLaunch(Launch):
    """A launch with its address, which is shown here only. One browser may open it, once."""

    url: str


class LaunchList(Wire):
    """Newest first."""

    items: list[Launch]
    next: str | None


class LaunchQuery(Page):
    external_reference: ExternalReference | None = None


async def create(call: Call) -> Answer:
    """Make a launch."""
    wanted = call.sent(CreateLaunch)
    if wanted.entry_id is not None and ENTRIES[wanted.entry].path_of_id is None:
        raise refusal("launch.entry_id", f"{wanted.entry} takes none", "entry_id")
    if wanted.entry == "apply" and wanted.entry_id is not None:
        await _require_product(call, wanted.entry_id)
    if wanted.assertion is not None and wanted.pushed is not None:
        raise refusal("field.invalid", "give assertion or pushed, not both", "pushed")
    launch_id, secret = launches.new_id(), new_secret()
    handed_over = await _handed_over(call, wanted)
    now = call.api.clock.wall()

    def effect(conn: Connection) -> NewLaunch:
        launches.add(
            conn,
            call.partner,
            launch_id,
            secret,
            wanted.entry,
            wanted.entry_id,
            wanted.external_reference,
            now,
            with_person=handed_over is not None,
        )
        if handed_over is not None:
            _add_arrival(conn, call, wanted, launch_id, secret, handed_over)
        row = launches.find(conn, call.partner, launch_id)
        assert row is not None
        return NewLaunch(**_values(call, row), url=_address(call, wanted, secret, handed_over is not None))

    try:
        return await call.write_once(effect)
    except IntegrityError as error:
        # The constraint on what a host handed over decides between two launches with the same statement.
        raise refusal("launch.identity_replayed", "sign a new one for each launch", _field(wanted)) from error


async def _require_product(call: Call, code: str) -> None:
    """Raise `Problem` 422 `launch.product_unknown` unless the bank offers the product at this partner."""
    try:
        await call.access.core.products.get(code)
    except CallFailed:
        # A bank that is away keeps no launch from being made. The page decides then.
        return
    except Problem as problem:
        if problem.status != 404:
            raise
        detail = "name a product that the bank offers, or leave entry_id out for their list"
        raise refusal("launch.product_unknown", detail, "entry_id") from problem


async def show(call: Call) -> Launch:
    """Return one launch."""
    launch_id = call.ids["launch_id"]
    row = await call.api.store.read(lambda conn: launches.find(conn, call.partner, launch_id))
    if row is None:
        raise refusal("launch.unknown", "launches are kept for 30 days")
    return Launch(**_values(call, row))


async def list_launches(call: Call) -> LaunchList:
    """Return a page of the launches of the last 30 days."""
    asked, signing = call.asked(LaunchQuery), call.api.signing
    before = None
    if asked.after is not None:
        at, launch_id = cursors.read(signing, KIND, call.partner, asked.after)
        before = (datetime.fromisoformat(at), str(launch_id))
    rows = await call.api.store.read(
        lambda conn: launches.page(conn, call.partner, asked.external_reference, before, asked.limit + 1)
    )
    shown = rows[: asked.limit]
    following = None
    if len(rows) > asked.limit:
        last = shown[-1]
        following = cursors.write(signing, KIND, call.partner, last.created_at.isoformat(), last.launch_id)
    return LaunchList(items=[Launch(**_values(call, row)) for row in shown], next=following)


async def _handed_over(call: Call, wanted: CreateLaunch) -> tuple[str, Login] | None:
    """Return what the partner's server handed over, verified; None without a person."""
    host = call.access.identity
    text = wanted.assertion if wanted.assertion is not None else wanted.pushed
    if text is None:
        return None
    is_offered = host.launches if wanted.assertion is not None else host.pushed_as is not None
    if not is_offered:
        raise refusal(
            "launch.not_offered", "leave it out, and the person logs in at your app", _field(wanted)
        )
    try:
        return text, await host.receive(text)
    except IdentityUnavailable as error:
        raise refusal("launch.identity_keys_away", "the keys at your jwks_url cannot be fetched") from error
    except IdentityError as error:
        raise refusal("launch.identity_refused", f"{error.code}: {error.detail}", _field(wanted)) from error


def _add_arrival(
    conn: Connection,
    call: Call,
    wanted: CreateLaunch,
    launch_id: str,
    secret: str,
    handed_over: tuple[str, Login],
) -> None:
    """Keep the identity, sealed, for the first browser that opens the address. Opening it does not log in."""
    services, (text, login) = call.api.h5app, handed_over
    return_to = launches.path_of(call.partner, wanted.entry, wanted.entry_id)
    target = ReturnTarget(return_to, wanted.lang, wanted.text_size, launch_id)
    columns = arrivals.columns_of(services, call.partner, login, target, None)
    row = single_use.row_of(services, call.partner, text, secret, columns)
    conn.execute(insert(arrivals_table).values(**row))


def _address(call: Call, wanted: CreateLaunch, secret: str, with_person: bool) -> str:
    query = {launches.QUERY: secret}
    # An arrival keeps the look itself.
    if not with_person:
        query |= {
            name: value
            for name, value in (("lang", wanted.lang), ("ui", wanted.text_size))
            if value is not None
        }
    page = "arrive" if with_person else "enter"
    return f"{call.api.settings.base_url}/{call.partner}/{page}?{urlencode(query)}"


def _field(wanted: CreateLaunch) -> str:
    return "assertion" if wanted.assertion is not None else "pushed"


def _values(call: Call, row: Row[Any]) -> dict[str, Any]:
    login = timedelta(seconds=call.api.settings.login_s)
    return {
        "id": row.launch_id,
        "entry": row.entry,
        "entry_id": row.entry_id,
        "external_reference": row.external_reference,
        "state": launches.state_of(row, call.api.clock.wall(), login),
        "with_person": bool(row.with_person),
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "opened_at": row.opened_at,
        "signed_in_at": row.signed_in_at,
    }


ENDPOINTS = [
    Endpoint(
        "POST",
        "/launches",
        "launches_create",
        "Make a one-time address that opens a page for one person.",
        NewLaunch,
        create,
        scope="launches:write",
        body=CreateLaunch,
        status=201,
        once=True,
    ),
    Endpoint(
        "GET",
        "/launches",
        "launches_list",
        "List your launches of the last 30 days, newest first.",
        LaunchList,
        list_launches,
        scope="launches:read",
        query=LaunchQuery,
    ),
    Endpoint(
        "GET",
        "/launches/{launch_id}",
        "launches_get",
        "Show one launch.",
        Launch,
        show,
        scope="launches:read",
        unknown="launch.unknown",
    ),
]
