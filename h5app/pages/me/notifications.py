"""`/me/notifications`: which text messages the bank sends and in which language, and which cannot be turned off."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.guard import signed_in
from h5app.page import blank_form, render, see_other
from h5app.sessions import as_lang
from h5app.visit import visit_of
from partner_adapters.core_bank.text_messages import ChooseTextMessages, TextMessageChoices
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.pages.security.secrets import new_secret
from partner_adapters.kit.values.texts import LANGS


@signed_in
async def show(request: Request) -> Response:
    choices = await _choices(request)
    is_on = {each.kind: "yes" for each in choices.items if each.is_on}
    return _page(request, choices, blank_form(visit_of(request), lang=choices.lang, **is_on))


@signed_in
async def submit(request: Request) -> Response:
    visit, form, choices = visit_of(request), await Form.posted(request), await _choices(request)
    lang = as_lang(form.choice("lang", LANGS))
    if lang is None:
        return _page(request, choices, form)
    off = [each.kind for each in choices.items if each.is_optional and form.values[each.kind] != "yes"]
    command = ChooseTextMessages(off=off, lang=lang)
    # Each sending is a command of its own: a second tap chooses the same again.
    await visit.core.text_messages.choose(visit.live_session.customer_id, command, new_secret())
    return see_other(request, "notifications", {"saved": "yes"})


async def _choices(request: Request) -> TextMessageChoices:
    visit = visit_of(request)
    return await visit.core.text_messages.choices(visit.live_session.customer_id)


def _page(request: Request, choices: TextMessageChoices, form: Form) -> Response:
    status, saved = 200 if form.ok else 422, "saved" in request.query_params
    return render(request, "me/notifications.html", status, form=form, choices=choices, saved=saved)
