"""The queue of what waits for a person, and one case: everything that is known about it, and the decision."""

from __future__ import annotations

import secrets
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from mock_partners.bank.desk.pages import label, render, see_other, shown
from mock_partners.bank.desk.services import desk_of
from mock_partners.bank.desk.sessions import current
from mock_partners.bank.desk.sign_in import signed_in
from partner_adapters.core_bank.reviews import (
    MAX_MESSAGE_CHARS,
    MAX_NOTE_CHARS,
    ConfirmReview,
    DecideReview,
    ReviewCase,
    StaffReviews,
)
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.content_types import read_form

# The core's fields → those of the forms.
FIELDS = {
    "limit": "limit",
    "grade_bp": "grade_bp",
    "line_months": "line_months",
    "reasons": "reasons",
    "papers": "papers",
    "message": "message",
}
SHORT = "text.too_short"
# Refusals that are told on the case itself, which is read again.
TOLD = ("review.", "account.missing")


@signed_in
async def queue(request: Request) -> Response:
    """GET: what waits, oldest first."""
    return render(request, "queue.html", found=await _core(request).waiting())


@signed_in
async def show(request: Request) -> Response:
    """GET: one case."""
    case = await _core(request).get(request.path_params["application_id"])
    return _page(request, case, Form())


@signed_in
async def decide(request: Request) -> Response:
    """POST: approve, decline or ask for more."""
    form = await Form.posted(request)
    sent = await read_form(request, 100)
    lists = {name: [str(each) for each in sent.getlist(name)] for name in ("reasons", "papers")}
    command = _read_decision(form, lists)
    # Ticks are not in the form's values, which hold one text for each field.
    request.state.chosen = [*lists["reasons"], *lists["papers"]]
    if command is None:
        return await _again(request, form)
    return await _send(request, form, command)


@signed_in
async def confirm(request: Request) -> Response:
    """POST: confirm another person's proposal."""
    form = await Form.posted(request)
    note = form.text("note", least=2, most=MAX_NOTE_CHARS, short=SHORT)
    if not form.ok:
        return await _again(request, form)
    return await _send(request, form, ConfirmReview(version=_version(form), note=note))


@signed_in
async def paper_page(request: Request) -> Response:
    """GET: one page of a paper, as the picture that the core made of it. Nothing of the file itself is served."""
    path = request.path_params
    jpeg = await _core(request).page(path["paper_id"], path["number"])
    return Response(jpeg, media_type="image/jpeg")


def _read_decision(form: Form, lists: dict[str, list[str]]) -> DecideReview | None:
    """Return the command, or None after noting in the form what is wrong."""
    outcome = form.choice("outcome", ("approve", "decline", "ask_more"))
    said: dict[str, Any] = {
        "version": _version(form),
        "outcome": outcome,
        "note": form.text("note", least=2, most=MAX_NOTE_CHARS, short=SHORT),
        "message": form.text(
            "message", least=0 if outcome == "approve" else 2, most=MAX_MESSAGE_CHARS, short=SHORT
        ),
    }
    if outcome == "approve":
        said["limit_fen"] = form.money("limit")
        said["grade_bp"], said["line_months"] = (_whole(form, name) for name in ("grade_bp", "line_months"))
    elif outcome == "decline":
        said["reasons"] = lists["reasons"]
    else:
        said["papers"] = lists["papers"]
    if not form.ok:
        return None
    try:
        return DecideReview.model_validate(said)
    except ValidationError:
        form.fail("outcome", "unknown")
        return None


async def _send(request: Request, form: Form, command: DecideReview | ConfirmReview) -> Response:
    core, application_id = _core(request), request.path_params["application_id"]
    intent = form.values["intent"] or secrets.token_urlsafe(18)
    try:
        if isinstance(command, DecideReview):
            await core.decide(application_id, command, intent)
        else:
            await core.confirm(application_id, command, intent)
    except Problem as problem:
        if problem.code.startswith(TOLD):
            return await _again(request, form, problem)
        form.take(problem, FIELDS)
        return await _again(request, form)
    return see_other(request, f"/reviews/{application_id}")


async def _again(request: Request, form: Form, problem: Problem | None = None) -> Response:
    """Return the case as it is now, with what was typed and why nothing was done."""
    case = await _core(request).get(request.path_params["application_id"])
    return _page(request, case, form, problem)


def _page(request: Request, case: ReviewCase, form: Form, problem: Problem | None = None) -> Response:
    status = 200 if form.ok and problem is None else problem.status if problem else 422
    return render(
        request,
        "case.html",
        status,
        case=case,
        form=form,
        problem=problem,
        told=_told(problem, case.names),
        chosen=getattr(request.state, "chosen", []),
        intent=secrets.token_urlsafe(18),
        version=version_to_send(case, form, problem),
    )


def version_to_send(case: ReviewCase, form: Form, problem: Problem | None) -> int:
    """Return the version of the case that the forms of a page send.

    After an input error it stays the one that was sent, although the page shows the record as it is now. So the core
    still refuses the command if something changed, and the person is told what.
    """
    return case.version if form.ok or problem is not None else _version(form)


def _told(problem: Problem | None, names: dict[str, str]) -> dict[str, str]:
    """Return the words for what a refusal states by code. `names`: those of the staff."""
    groups = {
        "step": "step",
        "state": "application",
        "purpose": "purpose",
        "source": "source",
        "paper": "paper",
    }
    params = {} if problem is None else problem.params
    return {
        name: label(str(value), groups[name]) if name in groups else names.get(str(value), shown(value))
        for name, value in params.items()
    }


def _core(request: Request) -> StaffReviews:
    staff = current(request)
    assert staff is not None
    return desk_of(request).reviews(staff.statement)


def _version(form: Form) -> int:
    typed = form.values["version"]
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 0


def _whole(form: Form, name: str) -> int | None:
    typed = form.values[name].strip()
    if typed.isascii() and typed.isdigit() and len(typed) < 6:
        return int(typed)
    form.fail(name, "choose")
    return None
