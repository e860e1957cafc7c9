"""`/sandbox`: helpers for a partner's tests, such as the world's clock and faults, and an older session or check."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, Literal

from pydantic import Field, ValidationError
from sqlalchemy import BigInteger, Connection, literal, update

from h5app.partner_api.endpoint import Call, Endpoint
from h5app.partner_api.problems import refusal
from h5app.partner_api.wire import Command, Moment, Wire
from h5app.tables import sessions
from partner_adapters.kit.values.problems import ProblemBody
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.calls.json_client import JSON

MOST_DAYS_S = 400 * 86_400


class Clock(Wire):
    """The world's times: protocol time, which nothing moves, and the bank's own."""

    wall: Moment
    business: Moment


class AdvanceClock(Command):
    """How far the bank's time moves, for every program of the world. It never moves back."""

    advance_s: int = Field(ge=0, le=MOST_DAYS_S)


class Fault(Command):
    """A fault of the bank for its next `times` requests that match. `*` and `?` are wildcards."""

    kind: Literal["drop_response", "reset_after", "latency", "late_answer", "down"]
    method: str = Field(default="*", pattern=r"^[A-Z*?]{1,8}$")
    path: str = Field(default="*", pattern=r"^[\x21-\x7e]{1,200}$")
    times: int | None = Field(default=1, ge=1, le=1_000_000)
    """null: until the faults are cleared."""
    seconds: float = Field(default=0.0, ge=0, le=60)


class PendingFault(Wire):
    kind: str
    method: str
    path: str
    times: int | None
    seconds: float


class FaultList(Wire):
    """The faults that have not been used up."""

    items: list[PendingFault]


class Age(Command):
    """By how many seconds it becomes older."""

    seconds: int = Field(ge=1, le=MOST_DAYS_S)


async def show_clock(call: Call) -> Clock:
    """Return the world's times."""
    return Clock.model_validate(await _ask_testers(call, "GET", "/_clock"))


async def advance_clock(call: Call) -> Clock:
    """Move the bank's time on."""
    step = {"advance": f"PT{call.sent(AdvanceClock).advance_s}S"}
    return Clock.model_validate(await _ask_testers(call, "POST", "/_clock", step))


async def list_faults(call: Call) -> FaultList:
    """Return the faults that wait."""
    return _faults(await _ask_testers(call, "GET", "/_faults"))


async def add_fault(call: Call) -> FaultList:
    """Add a fault."""
    return _faults(await _ask_testers(call, "POST", "/_faults", call.sent(Fault).model_dump(mode="json")))


async def clear_faults(call: Call) -> FaultList:
    """Clear every fault."""
    return _faults(await _ask_testers(call, "DELETE", "/_faults"))


async def age_session(call: Call) -> None:
    """Make the session of a launch older, as if its customer had been away for so long."""
    older = timedelta(seconds=call.sent(Age).seconds)
    await _change(call, {name: sessions.c[name] - _stored(older) for name in ("created_at", "last_seen_at")})


async def age_check(call: Call) -> None:
    """Make the face check of the session of a launch older, so that the next action asks for another."""
    older = timedelta(seconds=call.sent(Age).seconds)
    await _change(call, {"checked_at": sessions.c.checked_at - _stored(older)})


async def _change(call: Call, values: dict[str, Any]) -> None:
    """Change the open session of the launch. Problem 404 `sandbox.session_unknown`."""
    own = [
        sessions.c.partner == call.partner,
        sessions.c.launch_id == call.ids["launch_id"],
        sessions.c.ended_at.is_(None),
    ]

    def write(conn: Connection) -> int:
        return conn.execute(update(sessions).where(*own).values(values)).rowcount

    if await call.api.store.write(write) == 0:
        raise refusal("sandbox.session_unknown", "no person has logged in by this launch, or has left again")


def _stored(period: timedelta) -> Any:
    """Return a period in the unit in which moments are stored."""
    return literal(period // timedelta(microseconds=1), BigInteger)


async def _ask_testers(call: Call, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """Ask the core of the sandbox's world what it offers to testers. Problems 503 and 422."""
    url = call.api.settings.partner_api_testers_url
    if url is None:
        raise refusal("sandbox.testers_away", "this sandbox has no world that could be moved")
    content = json.dumps(body) if body is not None else None
    headers = dict(JSON) if body is not None else {}
    try:
        answer = await call.api.http.send(
            method, url + path, repeatable=method == "GET", headers=headers, content=content
        )
    except CallFailed as error:
        raise refusal("sandbox.testers_away", "ask again") from error
    if not answer.is_success:
        raise refusal("sandbox.refused", _reason(answer.content))
    return answer.json()


def _reason(content: bytes) -> str:
    try:
        problem = ProblemBody.model_validate_json(content)
    except ValidationError:
        return ""
    return problem.detail or problem.code


def _faults(listed: Any) -> FaultList:
    return FaultList(items=[PendingFault.model_validate(one) for one in listed])


def _row(
    method: Literal["GET", "POST", "DELETE"], path: str, name: str, summary: str, **options: Any
) -> Endpoint:
    return Endpoint(method, path, name, summary, scope="sandbox", sandbox=True, **options)


ENDPOINTS = [
    _row(
        "GET",
        "/sandbox/clock",
        "sandbox_clock_get",
        "Show the world's times.",
        answer=Clock,
        handler=show_clock,
    ),
    _row(
        "POST",
        "/sandbox/clock",
        "sandbox_clock_advance",
        "Move the bank's time on.",
        answer=Clock,
        handler=advance_clock,
        body=AdvanceClock,
    ),
    _row(
        "GET",
        "/sandbox/faults",
        "sandbox_faults_list",
        "List the bank's faults that wait.",
        answer=FaultList,
        handler=list_faults,
    ),
    _row(
        "POST",
        "/sandbox/faults",
        "sandbox_faults_add",
        "Let the bank fail.",
        answer=FaultList,
        handler=add_fault,
        body=Fault,
        status=201,
    ),
    _row(
        "DELETE",
        "/sandbox/faults",
        "sandbox_faults_clear",
        "Clear every fault.",
        answer=FaultList,
        handler=clear_faults,
    ),
    _row(
        "POST",
        "/sandbox/sessions/{launch_id}/age",
        "sandbox_sessions_age",
        "Make the session of a launch older.",
        answer=None,
        handler=age_session,
        body=Age,
        unknown="sandbox.session_unknown",
    ),
    _row(
        "POST",
        "/sandbox/sessions/{launch_id}/face-check/age",
        "sandbox_sessions_age_check",
        "Make the face check of a launch's session older.",
        answer=None,
        handler=age_check,
        body=Age,
        unknown="sandbox.session_unknown",
    ),
]
