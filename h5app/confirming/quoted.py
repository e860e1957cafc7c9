"""One shape for every money action: ask, quote, confirm. A page names its action and says what is special to it.

`ConfirmedAction` is the confirmation: a form with a signed intent, a fresh check where the action needs one, and the
command. `QuotedAction` puts a question and the bank's quote before it. The question is a GET form: a quote writes
nothing, so it can be reloaded, left and changed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import intents, step_up
from h5app.confirming.actions import MoneyAction
from h5app.confirming.intents import Intent
from h5app.confirming.stops import refuse_stopped, refuse_stopped_form
from h5app.confirming.submit import find_sending, submit_order
from h5app.page import blank_form, link, render, see_other
from h5app.services import services_of
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.card_checks import CheckedAction
from partner_adapters.core_bank.customers import OrderBrief, Overview
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.switches import StoppedAction
from partner_adapters.core_bank.wire import Command
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.problems import Problem


class Quote(Protocol):
    """What the bank says that an action would do, named by its hash."""

    @property
    def sha256(self) -> str: ...


# The tick that a confirmation needs where it would repeat an order that runs or has just succeeded.
ANOTHER = "another"

SubjectT = TypeVar("SubjectT")
ThingT = TypeVar("ThingT")
CommandT = TypeVar("CommandT", bound=Command)
AskT = TypeVar("AskT", bound=Command)
QuoteT = TypeVar("QuoteT", bound=Quote)


class ConfirmedAction(ABC, Generic[SubjectT, CommandT]):
    """A page whose button submits a money action on one subject: an account, a contract, a line or a loan."""

    action: ClassVar[MoneyAction]
    # The route of the subject's own page, which says how things stand where the action is not possible.
    own_page: ClassVar[str]
    # A refusal by the bank, as wire field or problem code → the form's field beside which it is shown.
    refusals: ClassVar[Mapping[str, str]] = {}
    # The problem codes which say that the subject's state no longer allows the action.
    gone: ClassVar[frozenset[str]] = frozenset()
    command: type[CommandT]

    @abstractmethod
    async def load(self, request: Request) -> SubjectT | None:
        """Return what the address names; None where the customer has no such thing."""

    @abstractmethod
    def is_allowed(self, subject: SubjectT) -> bool:
        """Whether the subject's state allows the action."""

    @abstractmethod
    def identity(self, subject: SubjectT) -> dict[str, Any]:
        """Return what an intent must say to be for this subject as it stands."""

    @abstractmethod
    def read(self, visit: Visit, form: Form, subject: SubjectT, intent: Intent) -> dict[str, Any]:
        """Return the command's fields, all but the evidence, after noting in the form what is wrong with it."""

    @abstractmethod
    async def send(self, visit: Visit, subject: SubjectT, command: CommandT, key: str) -> Order:
        """Send the command to the bank under the intent's key."""

    @abstractmethod
    def form_page(self, request: Request, subject: SubjectT, form: Form) -> Response:
        """Render the page that the customer fills in: status 422 where something is wrong with it."""

    @abstractmethod
    def find_stop(self, subject: SubjectT) -> StoppedAction | None:
        """Return by what the bank's operators stopped the action; None where it may begin."""

    def checked_fen(self, subject: SubjectT, content: Mapping[str, Any]) -> int | None:
        """Return the amount that the limits of a check apply to. `content`: the intent's."""
        return None

    def needed_check(self, subject: SubjectT, content: Mapping[str, Any]) -> CheckedAction | None:
        """Return the action of the step-up policy that applies; None where no fresh check is needed."""
        return self.action.step_up

    def like_orders(self, subject: SubjectT) -> list[OrderBrief]:
        """Return the customer's orders that run or have just succeeded and that this one may repeat by mistake."""
        return []

    async def prepare(self, visit: Visit, subject: SubjectT, intent: Intent) -> None:
        """Send what must reach the bank before the command. It may be sent again under the same intent."""

    def onward(self, form: Form) -> dict[str, str]:
        """Return the query of the order's page, which may say where the customer goes on."""
        return {}

    async def show_errors(self, request: Request, subject: SubjectT, form: Form) -> Response:
        """Render what the customer confirmed again, with what is wrong."""
        return self.form_page(request, subject, form)

    async def show(self, request: Request) -> Response:
        subject = await self.load(request)
        if subject is None or not self.is_allowed(subject):
            return self.leave(request)
        refuse_stopped(self.find_stop(subject))
        return await self.begin(request, subject)

    async def begin(self, request: Request, subject: SubjectT) -> Response:
        return self.form_page(request, subject, blank_form(visit_of(request)))

    async def submit(self, request: Request) -> Response:
        """Send the action, or ask for a check first, or show the form again with what is wrong."""
        visit, form, subject = visit_of(request), await Form.posted(request), await self.load(request)
        # The state is not asked here: a second tap must reach the order even when the first has changed the state.
        intent = None if subject is None else self.open_intent(visit, subject, form)
        if subject is None or intent is None:
            return await self._answer_stale(request, form)
        await refuse_stopped_form(request, self.find_stop(subject), intent)
        fields = self.read(visit, form, subject, intent)
        self._ask_whether_another(subject, form, intent)
        if not form.ok:
            return await self.show_errors(request, subject, form)
        fen = self.checked_fen(subject, intent.content)
        if action := self.needed_check(subject, intent.content):
            evidence = await step_up.obtain_evidence(request, action, form, intent, fen)
            if isinstance(evidence, Response):
                return evidence
            fields["evidence"] = evidence
        command = self.command.model_validate(fields)

        async def send() -> Order:
            await self.prepare(visit, subject, intent)
            return await self.send(visit, subject, command, intent.key)

        try:
            return await submit_order(request, intent, send, onward=self.onward(form))
        except Problem as problem:
            if action and step_up.lacks_face_consent(problem):
                return await step_up.redirect_to_face_consent(request, action, form, fen)
            # The bank's own policy may ask for a check where the one known here does not.
            if self.action.step_up and problem.code in step_up.CHECK_REFUSED:
                return await step_up.redirect_to_check(request, self.action.step_up, form, fen)
            return await self.answer_refusal(request, subject, form, problem)

    async def _answer_stale(self, request: Request, form: Form) -> Response:
        """Lead to the order of a form that was sent before, whose own success may have changed its subject."""
        visit = visit_of(request)
        with suppress(Problem):
            intent = intents.open_(visit, self.action.kind, form.values[intents.FIELD])
            if await find_sending(services_of(request), visit.live_session, intent.key):
                return see_other(request, "order", intent=intent.key)
        return self.refuse_stale(request)

    def _ask_whether_another(self, subject: SubjectT, form: Form, intent: Intent) -> None:
        """Note in the form that its tick is missing. An intent that was sent before repeats nothing."""
        like = self.like_orders(subject)
        if like and all(order.intent != intent.key for order in like):
            form.ticked(ANOTHER, "order.not_another")

    def open_intent(self, visit: Visit, subject: SubjectT, form: Form) -> Intent | None:
        """Return the form's intent; None unless it was issued to this session for this subject as it stands."""
        try:
            intent = intents.open_(visit, self.action.kind, form.values[intents.FIELD])
        except Problem:
            return None
        identity = self.identity(subject)
        return intent if all(intent.content.get(name) == value for name, value in identity.items()) else None

    def refuse_stale(self, request: Request) -> Response:
        """Answer a form whose intent is not for this subject as it stands."""
        raise Problem(409, "intent.stale")

    async def answer_refusal(
        self, request: Request, subject: SubjectT, form: Form, problem: Problem
    ) -> Response:
        """Answer a command that the bank refused: nothing has happened by it."""
        if problem.code in self.gone:
            return self.leave(request)
        self.take_refusal(form, problem)
        return self.form_page(request, subject, form)

    def take_refusal(self, form: Form, problem: Problem) -> None:
        """Record the bank's refusal beside the field that it is about. Raises `problem` if it is about none."""
        form.take(problem, self.refusals)

    def leave(self, request: Request) -> Response:
        """Redirect to the subject's own page."""
        return see_other(request, self.own_page, **request.path_params)

    def check_ahead(
        self, request: Request, subject: SubjectT, content: Mapping[str, Any]
    ) -> step_up.NeededCheck | None:
        """Return what the page says about the check behind its button; None where none is needed."""
        action = self.needed_check(subject, content)
        if action is None:
            return None
        return step_up.needed(request, action, self.checked_fen(subject, content))


class QuotedAction(
    ConfirmedAction[tuple[ThingT, Overview], CommandT], Generic[ThingT, CommandT, AskT, QuoteT]
):
    """A money action that the bank quotes before it is confirmed. The confirmation names the quote by its hash.

    Its subject is a thing of the customer's, and the overview that it was found in.
    """

    # The question's fields. They go along with the confirmation, so that they outlive a check and an ended session.
    fields: ClassVar[tuple[str, ...]]
    # Other kinds of order that do the same: each may be repeated by the other by mistake.
    alike: ClassVar[frozenset[str]] = frozenset()
    # The template of the question; the row of the action names that of the quote.
    question: ClassVar[str]
    ask: type[AskT]

    @abstractmethod
    async def defaults(self, visit: Visit, subject: tuple[ThingT, Overview]) -> dict[str, str]:
        """Return what the question holds before the customer fills it in."""

    @abstractmethod
    def read_question(self, form: Form, subject: tuple[ThingT, Overview]) -> AskT | None:
        """Return what to ask the bank for; None after noting in the form what is wrong."""

    @abstractmethod
    async def request_quote(self, visit: Visit, subject: tuple[ThingT, Overview], ask: AskT) -> QuoteT:
        """Ask the bank what the action would do."""

    @abstractmethod
    def context(self, subject: tuple[ThingT, Overview]) -> dict[str, Any]:
        """Return what both templates know the subject by."""

    def product_code(self, thing: ThingT) -> str | None:
        """Return the product that the action is about here; None where it is about none."""
        return None

    def find_stop(self, subject: tuple[ThingT, Overview]) -> StoppedAction | None:
        return subject[1].stop_of(self.action.kind, self.product_code(subject[0]))

    def like_orders(self, subject: tuple[ThingT, Overview]) -> list[OrderBrief]:
        overview, identity = subject[1], self.identity(subject)
        return [
            order
            for order in (*overview.running_orders, *overview.recent_orders)
            if order.kind in {self.action.kind, *self.alike}
            # An order that does not say which account or loan it is of may be of this one.
            and all(order.result.get(name, value) == value for name, value in identity.items())
        ]

    def shared_context(self, subject: tuple[ThingT, Overview]) -> dict[str, Any]:
        """Return what the question and the quote both show."""
        return {"like": self.like_orders(subject), **self.context(subject)}

    def pinned(self, quote: QuoteT) -> dict[str, Any]:
        """Return what else is confirmed with the quote, such as a consent's text. JSON-ready, not secret."""
        return {}

    async def begin(self, request: Request, subject: tuple[ThingT, Overview]) -> Response:
        visit, query = visit_of(request), request.query_params
        asked = {name: query[name] for name in self.fields if name in query}
        is_asked = self.fields[0] in query or visit.saved_form is not None
        defaults = {} if is_asked else await self.defaults(visit, subject)
        form = blank_form(visit, **defaults | asked)
        if not is_asked or "change" in query:
            return self.form_page(request, subject, form)
        return await self._quote_page(request, subject, form)

    def read(
        self, visit: Visit, form: Form, subject: tuple[ThingT, Overview], intent: Intent
    ) -> dict[str, Any]:
        ask = self.ask.model_validate(intent.content["ask"])
        return ask.model_dump() | {"quote_sha256": intent.content["quote_sha256"]}

    def form_page(self, request: Request, subject: tuple[ThingT, Overview], form: Form) -> Response:
        status = 200 if form.ok else 422
        return render(request, self.question, status, form=form, **self.shared_context(subject))

    async def show_errors(self, request: Request, subject: tuple[ThingT, Overview], form: Form) -> Response:
        return await self._quote_page(request, subject, Form(form.values), confirmed=form)

    async def answer_refusal(
        self, request: Request, subject: tuple[ThingT, Overview], form: Form, problem: Problem
    ) -> Response:
        if problem.code == "quote.changed":
            return await self._quote_page(request, subject, form, changed=True)
        return await super().answer_refusal(request, subject, form, problem)

    async def _quote_page(
        self,
        request: Request,
        subject: tuple[ThingT, Overview],
        form: Form,
        *,
        changed: bool = False,
        confirmed: Form | None = None,
    ) -> Response:
        """Render the bank's quote for the question, or the question again with what is wrong.

        `confirmed`: the confirmation that was refused, whose errors the quote's page shows.
        """
        ask = self.read_question(form, subject)
        if ask is None or not form.ok:
            return self.form_page(request, subject, form)
        try:
            quote = await self.request_quote(visit_of(request), subject, ask)
        except Problem as problem:
            return await super().answer_refusal(request, subject, form, problem)
        content = self.identity(subject) | {
            "ask": ask.model_dump(mode="json"),
            "quote_sha256": quote.sha256,
            **self.pinned(quote),
        }
        asked = {name: form.values[name] for name in self.fields}
        return render(
            request,
            self.action.template,
            409 if changed else 422 if confirmed else 200,
            form=confirmed or form,
            quote=quote,
            changed=changed,
            asked=asked,
            change=link(request, self.action.page, asked | {"change": "1"}, **request.path_params),
            intent=intents.issue(visit_of(request), self.action.kind, content),
            check=self.check_ahead(request, subject, content),
            **self.shared_context(subject),
        )
