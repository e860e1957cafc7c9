"""What the bank's operators have stopped: said before anything is typed, and again where it stops in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request

from h5app.confirming.intents import Intent
from h5app.confirming.submit import find_sending
from h5app.services import services_of
from h5app.visit import visit_of
from partner_adapters.core_bank.customers import Overview
from partner_adapters.core_bank.switches import STOPPED, StoppedAction
from partner_adapters.kit.values.problems import Problem


@dataclass(frozen=True)
class StopNotice:
    """Actions that are stopped until the same time. `until`: None until operators start them."""

    until: datetime | None
    kinds: Sequence[str]


def refuse_stopped(stop: StoppedAction | None) -> None:
    """Raise the problem by which the core refuses a stopped action, whose page says what still works."""
    if stop is not None:
        until = {"until": stop.until.isoformat()} if stop.until else {}
        raise Problem(409, STOPPED, params={"action": stop.kind, **until})


async def refuse_stopped_form(request: Request, stop: StoppedAction | None, intent: Intent) -> None:
    """Raise as `refuse_stopped`, before a check is asked for. A form that was sent before must reach its order."""
    session = visit_of(request).live_session
    if stop is not None and not await find_sending(services_of(request), session, intent.key):
        refuse_stopped(stop)


def stop_named_by(problem: Problem) -> StoppedAction:
    """Return the stop that a problem names."""
    return StoppedAction.model_validate(
        {"kind": problem.params["action"], "until": problem.params.get("until")}
    )


def stop_notices(overview: Overview) -> list[StopNotice]:
    """Return what is stopped for the customer, whatever product, by its end."""
    stops = [stop for stop in overview.stopped if stop.product_code is None]
    ends = dict.fromkeys(stop.until for stop in stops)
    return [StopNotice(until, [stop.kind for stop in stops if stop.until == until]) for until in ends]
