"""`/me/display`: 字号 and 语言, for this session and the customer's next ones."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from h5app import sessions
from h5app.guard import signed_in
from h5app.page import blank_form, render, see_other
from h5app.services import services_of
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.text_messages import ChooseTextMessages
from partner_adapters.kit.pages.addresses import safe_return
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.pages.security.secrets import new_secret
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.texts import Lang
from partner_adapters.kit.web.calls.http_client import CallFailed


@signed_in
async def show(request: Request) -> Response:
    visit = visit_of(request)
    form = blank_form(visit, text_size=visit.text_size, lang=visit.lang)
    return render(request, "me/display.html", form=form)


@signed_in
async def submit(request: Request) -> Response:
    """Save the form, or one tap on a look (`next`: the page to come back to), which leaves the rest as it is."""
    form, visit = await Form.posted(request), visit_of(request)
    return_to = safe_return(visit.partner.id, form.values["next"])
    if return_to is not None:
        form.values = defaultdict(str, {"lang": visit.lang, "text_size": visit.text_size} | form.values)
    lang = sessions.as_lang(form.values["lang"])
    text_size = sessions.as_text_size(form.values["text_size"])
    if lang is None or text_size is None:
        for name, value in (("lang", lang), ("text_size", text_size)):
            if value is None:
                form.fail(name, "choose")
        return render(request, "me/display.html", 422, form=form)
    await sessions.choose_display(services_of(request), visit.live_session, lang, text_size)
    if lang != visit.lang:
        await _choose_language_of_messages(visit, lang)
    return RedirectResponse(return_to, 303) if return_to else see_other(request, "home")


async def _choose_language_of_messages(visit: Visit, lang: Lang) -> None:
    """Have text messages written in the language of the pages too. The pages change also while the bank is away."""
    command = ChooseTextMessages(lang=lang)
    # `/me/notifications` says which language the bank uses.
    with suppress(Problem, CallFailed):
        await visit.core.text_messages.choose(visit.live_session.customer_id, command, new_secret())
