"""A journey: ordered screens of one task, such as opening an account or applying for a loan.

`Journey` knows the order alone: which screen comes first, where Back leads, how far along a screen is. `OpenJourney`
is one customer's journey within a request, with the answers that wait on the server between the screens.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import drafts
from h5app.page import link, render, see_other
from h5app.services import services_of
from h5app.visit import visit_of
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.problems import Problem


@dataclass(frozen=True)
class Screen:
    """One screen. `step` ends its address and names its template; `fields` are what it asks.

    `opens_early`: it opens before the earlier screens are complete. `reopens`: once complete, it may be opened again,
    and Back leads to it.
    """

    step: str
    fields: tuple[str, ...] = ()
    opens_early: bool = False
    reopens: bool = True


@dataclass(frozen=True)
class Journey:
    """Screens in order. `route` names their addresses and `folder` their templates.

    `skipped` are the steps that do not apply to this customer. The last screen confirms and is never complete.
    """

    route: str
    folder: str
    screens: tuple[Screen, ...]
    skipped: frozenset[str] = frozenset()

    def skip(self, *steps: str) -> Journey:
        """Return the journey without these steps."""
        return replace(self, skipped=self.skipped | frozenset(steps))

    def find_screen(self, step: str) -> Screen:
        """Return the screen of this step, also a skipped one. Raises `Problem` 404 `step.unknown`."""
        for screen in self.screens:
            if screen.step == step:
                return screen
        raise Problem(404, "step.unknown")

    @property
    def applicable(self) -> tuple[Screen, ...]:
        """The screens that this customer sees."""
        return tuple(screen for screen in self.screens if screen.step not in self.skipped)

    def number_of(self, step: str) -> int:
        """Return the screen's number among those that this customer sees, from 1."""
        return 1 + [screen.step for screen in self.applicable].index(step)

    def screen_before(self, step: str) -> Screen | None:
        """Return the screen that Back leads to; None on the first one."""
        earlier = self.applicable[: self.number_of(step) - 1]
        return next((screen for screen in reversed(earlier) if screen.reopens), None)

    def first_incomplete(self, complete: Collection[str]) -> Screen:
        """Return the screen to go on with."""
        *earlier, last = self.applicable
        return next((screen for screen in earlier if screen.step not in complete), last)

    def screen_instead(self, step: str, complete: Collection[str]) -> Screen | None:
        """Return the screen to show instead of this one; None if this one may be shown."""
        screen, current = self.find_screen(step), self.first_incomplete(complete)
        if screen.step in self.skipped or (screen.step in complete and not screen.reopens):
            return current
        is_early = self.number_of(step) > self.number_of(current.step)
        return current if is_early and not screen.opens_early else None


@dataclass(frozen=True)
class OpenJourney:
    """One customer's journey within a request. `entrance` is the address that Back leads to from the first screen.

    `params` are the further parameters of its addresses, such as the product.
    """

    request: Request
    journey: Journey
    entrance: str
    params: Mapping[str, Any]
    answers: dict[str, str]

    @property
    def step(self) -> str:
        """The step that the request's address names. Raises `Problem` 404 `step.unknown`."""
        return self.journey.find_screen(self.request.path_params["step"]).step

    @property
    def answered(self) -> set[str]:
        """The steps all of whose fields have an answer."""
        return {
            screen.step
            for screen in self.journey.screens
            if screen.fields and all(name in self.answers for name in screen.fields)
        }

    def redirect_early(self, complete: Collection[str]) -> Response | None:
        """Return the redirect to the screen to show instead of the requested one; None if it may be shown."""
        instead = self.journey.screen_instead(self.step, complete)
        return self.redirect_to(instead.step) if instead else None

    def redirect_to(self, step: str) -> Response:
        """Redirect with 303 to a screen."""
        return see_other(self.request, self.journey.route, step=step, **self.params)

    def redirect_on(self, complete: Collection[str]) -> Response:
        """Redirect with 303 to the first screen that is not complete."""
        return self.redirect_to(self.journey.first_incomplete(complete).step)

    def show(self, step: str, form: Form, status: int | None = None, **context: Any) -> Response:
        """Render a screen with its progress and the addresses of the form and of Back. `status`: 422 after errors."""
        before = self.journey.screen_before(step)
        return render(
            self.request,
            f"{self.journey.folder}/{step}.html",
            status or (200 if form.ok else 422),
            form=form,
            # A later screen's refusal may show this one, so the form names its own address.
            action=self._address_of(step),
            back=self._address_of(before.step) if before else self.entrance,
            step_number=self.journey.number_of(step),
            step_count=len(self.journey.applicable),
            **context,
        )

    async def save_answers(self, answers: Mapping[str, str], without: Collection[str] = ()) -> OpenJourney:
        """Save answers beside the earlier ones, sealed and for this customer only. Return the journey with them.

        `without`: earlier answers that no longer hold.
        """
        kept = {name: text for name, text in self.answers.items() if name not in without}
        merged = {**kept, **answers}
        owner = visit_of(self.request).live_session
        await drafts.save_answers(services_of(self.request), owner, self._key, merged)
        return replace(self, answers=merged)

    async def erase_answers(self) -> None:
        """Delete the answers, once the journey is complete."""
        await drafts.erase_answers(services_of(self.request), visit_of(self.request).live_session, self._key)

    @property
    def _key(self) -> str:
        return _answers_key(self.journey, self.params)

    def _address_of(self, step: str) -> str:
        return link(self.request, self.journey.route, step=step, **self.params)


async def resume(request: Request, journey: Journey, entrance: str, **params: str) -> OpenJourney:
    """Return the customer's journey with the answers that they gave so far, on this device or another."""
    key = _answers_key(journey, params)
    answers = await drafts.read_answers(services_of(request), visit_of(request).live_session, key)
    return OpenJourney(request, journey, entrance, params, answers)


def _answers_key(journey: Journey, params: Mapping[str, Any]) -> str:
    """Return the name of the saved answers: `account_open`, or `apply:sunshine_e_micro`."""
    return ":".join([journey.route, *params.values()])
