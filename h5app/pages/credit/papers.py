"""`/applications/{id}/papers`: papers for an application, and the answer to what the bank's staff asked."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import intents
from h5app.guard import signed_in
from h5app.journeys.uploads import Sender, answer_piece, send_whole
from h5app.overview import own_application
from h5app.page import blank_form, render, see_other
from h5app.states import takes_papers
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.applications import AnswerAsked, Application
from partner_adapters.core_bank.papers import PaperPiece
from partner_adapters.core_bank.products import Paper
from partner_adapters.core_bank.uploads import FileProgress
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.uploads import is_multipart, read_files

PURPOSE = "papers"
MAX_NOTE_CHARS = 500
# Always offered: a customer may have something of their own to show.
OTHER = "other"


@signed_in
async def show(request: Request) -> Response:
    application = await own_application(request)
    if not takes_papers(application):
        return see_other(request, "application", application=application.application_id)
    return await _page(request, application, blank_form(visit_of(request)))


@signed_in
async def submit(request: Request) -> Response:
    """Pass the files of a form on, and answer what the staff asked."""
    visit, application = visit_of(request), await own_application(request)
    ref = application.application_id
    if not takes_papers(application):
        return see_other(request, "application", application=ref)
    codes = list(await _wanted(visit, application))
    files: dict[str, bytes] = {}
    if is_multipart(request):
        values, files = await read_files(request, codes)
        form = Form(values)
    else:
        form = await Form.posted(request)
    for code, content in files.items():
        await send_whole(code, content, form, _sender(visit, ref, code))
    if files:
        application = await visit.core.applications.get(ref)
    if application.more_asked is not None:
        await _answer(visit, application, form)
    if not form.ok:
        return await _page(request, application, form)
    return see_other(request, "application", application=ref)


@signed_in
async def add_piece(request: Request) -> Response:
    """Take one piece from the page's script, as `uploads.answer_piece` says."""
    path = request.path_params
    return await answer_piece(request, _sender(visit_of(request), path["application"], path["code"]))


async def _answer(visit: Visit, application: Application, form: Form) -> None:
    """Answer what the staff asked, where the papers are there or the customer says why not."""
    asked, ref = application.more_asked, application.application_id
    note = form.text("note", least=0, most=MAX_NOTE_CHARS)
    assert asked is not None
    there = {paper.code for paper in application.papers if paper.stored_at >= asked.asked_at}
    if not note:
        for code in asked.papers:
            if code not in there:
                form.fail(code, "paper.asked")
        if not asked.papers and not there:
            form.fail("note", "required")
    if not form.ok:
        return
    intent = intents.open_(visit, PURPOSE, form.values[intents.FIELD])
    if intent.content != _identity(application):
        raise Problem(409, "intent.stale")
    try:
        await visit.core.applications.answer_asked(ref, AnswerAsked(note=note), intent.part(note))
    except Problem as problem:
        # It was answered in another window, or decided meanwhile; the application's page says how it stands.
        if problem.code != "review.nothing_asked":
            raise


def _sender(visit: Visit, application_id: str, code: str) -> Sender:
    return partial(_send, visit, application_id, code)


async def _send(
    visit: Visit, application_id: str, code: str, paper_id: str, total: int, offset: int, content: bytes
) -> FileProgress:
    piece = PaperPiece(code=code, total_bytes=total, offset=offset, content=base64.b64encode(content))
    try:
        return await visit.core.papers.send_piece(application_id, paper_id, piece)
    except Problem as problem:
        if problem.code != "picture.not_a_picture":
            raise
        # Of a paper a PDF is taken too, which the refusal of a photograph does not say.
        raise Problem(problem.status, "paper.not_a_paper") from problem


async def _wanted(visit: Visit, application: Application) -> Mapping[str, Paper | None]:
    """Return the papers to offer, those that the staff asked for first. None: the catalogue has its name."""
    own: dict[str, Paper] = {}
    try:
        product = await visit.core.products.get(application.product_code)
        own = {paper.code: paper for paper in product.papers}
    except Problem as problem:
        if problem.status != 404:  # no longer offered
            raise
    asked = application.more_asked.papers if application.more_asked else []
    return {code: own.get(code) for code in dict.fromkeys([*asked, *own, OTHER])}


def _identity(application: Application) -> dict[str, str]:
    asked = application.more_asked
    return {
        "application_id": application.application_id,
        "asked_at": asked.asked_at.isoformat() if asked else "",
    }


async def _page(request: Request, application: Application, form: Form) -> Response:
    visit = visit_of(request)
    return render(
        request,
        "credit/papers.html",
        200 if form.ok else 422,
        application=application,
        wanted=await _wanted(visit, application),
        counted={
            code: sum(paper.code == code for paper in application.papers)
            for code in {paper.code for paper in application.papers}
        },
        form=form,
        intent=intents.issue(visit, PURPOSE, _identity(application)),
    )
