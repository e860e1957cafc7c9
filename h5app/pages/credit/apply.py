"""`/apply/{product}/{step}`: one question a screen, each consent alone, then everything once more and 提交申请.

What was typed waits on the server between the screens, so every screen may be reloaded, left and corrected.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import drafts, intents
from h5app.confirming.submit import submit_order
from h5app.guard import signed_in
from h5app.page import link, render, see_other
from h5app.services import parts_of
from h5app.visit import visit_of
from partner_adapters.core_bank.applications import Apply
from partner_adapters.core_bank.consents import Consent, ConsentGiven, ConsentText, GiveConsents
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.products import Product
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.money import fen_to_wire
from partner_adapters.kit.values.problems import Problem

FIELDS = {
    "amount": ("amount", "term"),
    "purpose": ("purpose", "method"),
}
"""Step → what it asks."""
WIRE_FIELDS = {
    "amount_fen": "amount",
    "term_months": "term",
    "term.not_offered": "term",
    "method": "method",
    "method.not_offered": "method",
    "purpose": "purpose",
    "purpose.unknown": "purpose",
}


@dataclass(frozen=True)
class Applying:
    """One person's way through one product's screens. `given`: purpose → the consent in force for its current text."""

    request: Request
    product: Product
    texts: list[ConsentText]
    given: dict[str, Consent]
    form: Form

    @property
    def task(self) -> str:
        return f"apply:{self.product.code}"

    @property
    def missing(self) -> list[ConsentText]:
        return [text for text in self.texts if text.purpose not in self.given]

    @property
    def next_step(self) -> str:
        """The first screen that still lacks something."""
        for step, fields in FIELDS.items():
            if any(not self.form.values[name] or name in self.form.errors for name in fields):
                return step
        return "consent" if self.missing else "check"

    def screen(self, step: str, status: int = 200, **context: Any) -> Response:
        """Render one screen, with how far along it is and the way back."""
        number, before = self._place(step)
        back = self._url(before) if before else link(self.request, "product", product=self.product.code)
        shared = {
            "product": self.product,
            "form": self.form,
            "back": back,
            "step_number": number,
            "step_count": self._last,
        }
        return render(self.request, f"credit/apply/{step}.html", status, **shared, **context)

    def go(self, step: str) -> Response:
        return see_other(self.request, "apply", product=self.product.code, step=step)

    @property
    def _last(self) -> int:
        # All consents are one step: how many are still asked for depends on what was given before.
        return len(FIELDS) + bool(self.texts) + 1

    def _place(self, step: str) -> tuple[int, str | None]:
        if step == "consent":
            return len(FIELDS) + 1, "purpose"
        if step == "check":
            return self._last, "purpose"
        return (1, None) if step == "amount" else (2, "amount")

    def _url(self, step: str) -> str:
        return link(self.request, "apply", product=self.product.code, step=step)


async def _begin(request: Request) -> Applying:
    visit = visit_of(request)
    product = await visit.core.products.get(request.path_params["product"])
    texts = await visit.core.consents.texts(product.consents) if product.consents else []
    stored = await visit.core.consents.all(visit.person.customer_id)
    shown = {text.purpose: text.sha256 for text in texts}
    given = {
        consent.purpose: consent
        for consent in stored
        if consent.withdrawn_at is None and consent.sha256 == shown.get(consent.purpose)
    }
    kept = await drafts.read_answers(parts_of(request), visit.person, f"apply:{product.code}")
    form = Form(kept | dict(visit.saved_form.values if visit.saved_form else {}))
    return Applying(request, product, texts, given, form)


@signed_in
async def show(request: Request) -> Response:
    way = await _begin(request)
    step = request.path_params["step"]
    if step not in SHOWN:
        raise Problem(404, "step.unknown")
    if step in ("consent", "check"):
        _read(way)
        if way.next_step != step:
            return way.go(way.next_step)
    return SHOWN[step](way)


@signed_in
async def submit(request: Request) -> Response:
    way = await _begin(request)
    step = request.path_params["step"]
    if step not in SENT:
        raise Problem(404, "step.unknown")
    posted = await Form.posted(request)
    return await SENT[step](way, posted)


def _read(way: Applying) -> Apply | None:
    """The whole application from what was typed; None, with the errors noted, while something is missing or wrong."""
    form, product = way.form, way.product
    amount_fen = form.money("amount")
    if amount_fen is not None:
        least, most, step = product.min_fen, product.max_fen, product.step_fen
        if amount_fen < least:
            form.fail("amount", "amount.too_small", min=fen_to_wire(least))
        elif amount_fen > most:
            form.fail("amount", "amount.too_large", max=fen_to_wire(most))
        elif amount_fen % step:
            form.fail("amount", "amount.not_a_step", step=fen_to_wire(step))
    form.choice("term", [str(months) for months in product.tenors_months])
    form.choice("purpose", [choice.code for choice in product.purposes])
    form.choice("method", product.methods)
    if not form.ok or amount_fen is None or way.missing:
        return None
    return Apply.model_validate(
        {
            "product_code": product.code,
            "amount_fen": amount_fen,
            "term_months": int(form.values["term"]),
            "method": form.values["method"],
            "purpose": form.values["purpose"],
            "consent_ids": [way.given[text.purpose].consent_id for text in way.texts],
        }
    )


def _show_amount(way: Applying, status: int = 200) -> Response:
    return way.screen("amount", status)


def _show_purpose(way: Applying, status: int = 200) -> Response:
    return way.screen("purpose", status)


def _show_consent(way: Applying, status: int = 200) -> Response:
    text = way.missing[0]
    intent = intents.issue(visit_of(way.request), f"consent:{text.purpose}", text.pinned())
    return way.screen("consent", status, text=text, intent=intent, changed=status == 409)


def _show_check(way: Applying, status: int = 200) -> Response:
    command = _read(way)
    assert command is not None
    purpose = next(choice.name for choice in way.product.purposes if choice.code == command.purpose)
    content = command.model_dump(mode="json")
    intent = intents.issue(visit_of(way.request), "application", content)
    return way.screen("check", status, asked=command, purpose=purpose, texts=way.texts, intent=intent)


async def _send_answers(way: Applying, posted: Form) -> Response:
    """One screen's answers: kept however wrong they are, and the next screen only when they are right."""
    step = way.request.path_params["step"]
    parts, person = parts_of(way.request), visit_of(way.request).person
    way.form.values.update({name: posted.values[name] for name in FIELDS[step]})
    _read(way)
    for name in [name for name in way.form.errors if name not in FIELDS[step]]:
        del way.form.errors[name]
    kept = {name: way.form.values[name] for fields in FIELDS.values() for name in fields}
    await drafts.save_answers(parts, person, way.task, kept)
    return way.go(way.next_step) if way.form.ok else SHOWN[step](way, 422)


async def _send_consent(way: Applying, posted: Form) -> Response:
    """Exactly the text that was shown, stored at the bank before the next is asked for."""
    if not way.missing:
        return way.go("check")
    visit, purpose = visit_of(way.request), way.missing[0].purpose
    try:
        intent = intents.open_(visit, f"consent:{purpose}", posted.values[intents.FIELD])
        # A text agreed to, withdrawn and agreed to again is a new consent: each one given so far makes another key.
        past = [c for c in await visit.core.consents.all(visit.person.customer_id) if c.purpose == purpose]
        given = GiveConsents(
            consents=[ConsentGiven.model_validate(intent.content)], session_ref=visit.person.ref
        )
        await visit.core.consents.give(visit.person.customer_id, given, intent.part(f"{len(past)}"))
    except Problem as problem:
        if problem.code in ("consent.text_changed", "intent.stale"):
            return _show_consent(await _begin(way.request), 409)
        raise
    return way.go("consent")


async def _send_check(way: Applying, posted: Form) -> Response:
    request, visit = way.request, visit_of(way.request)
    intent = intents.open_(visit, "application", posted.values[intents.FIELD])
    command = Apply.model_validate(intent.content)

    async def send() -> Order:
        order = await visit.core.applications.submit(visit.person.customer_id, command, intent.key)
        await drafts.erase_answers(parts_of(request), visit.person, way.task)
        return order

    try:
        return await submit_order(request, intent, send)
    except Problem as problem:
        if problem.code == "consent.missing":
            return way.go("consent")
        if problem.code == "account.missing":
            return see_other(request, "account")
        if problem.code == "application.already_open":
            return see_other(request, "product", product=way.product.code)
        way.form.take(problem, WIRE_FIELDS)
        step = next(step for step, fields in FIELDS.items() if set(fields) & set(way.form.errors))
        return SHOWN[step](way, 422)


SHOWN: dict[str, Callable[..., Response]] = {
    "amount": _show_amount,
    "purpose": _show_purpose,
    "consent": _show_consent,
    "check": _show_check,
}
SENT: dict[str, Callable[[Applying, Form], Awaitable[Response]]] = {
    "amount": _send_answers,
    "purpose": _send_answers,
    "consent": _send_consent,
    "check": _send_check,
}
