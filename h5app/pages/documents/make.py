"""`POST /documents`: make a one-time link to a document of the customer's, and follow it."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from h5app import downloads
from h5app.documents import DOCUMENTS, count_entries, read_period
from h5app.guard import signed_in
from h5app.overview import ACCOUNT
from h5app.page import TEXTS, link, render, see_other
from h5app.services import services_of
from h5app.visit import visit_of
from partner_adapters.core_bank.statements import MOST_IN_PDF, MOST_IN_SPREADSHEET
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.problems import Problem

# What no file system takes in a name, and what a header would have to escape.
_NOT_IN_NAMES = re.compile(r"[^\w.\-]+")


@signed_in
async def show(request: Request) -> Response:
    """Lead home: the address has no page, but a browser comes back to it after a login."""
    return see_other(request, "home")


@signed_in
async def submit(request: Request) -> Response:
    """`document`: its kind. `id`, or `month`, or `first` and `last`: which one."""
    visit, form = visit_of(request), await Form.posted(request)
    document = DOCUMENTS.get(form.values["document"])
    if document is None:
        raise Problem(404, "document.unknown")
    wanted = await document.find(visit, form)
    if document.kind in ("statement", "spreadsheet"):
        most = MOST_IN_PDF if document.kind == "statement" else MOST_IN_SPREADSHEET
        entries = await count_entries(visit, wanted)
        if entries > most:
            first, last = read_period(form.values)
            return render(
                request,
                "wallet/too_long.html",
                422,
                entries=entries,
                most=most,
                as_spreadsheet=most < entries <= MOST_IN_SPREADSHEET,
                first=first,
                last=last,
                former={ACCOUNT: form.values[ACCOUNT]} if form.values[ACCOUNT] else {},
            )
    title = TEXTS.say(visit.lang, f"document.{document.kind}", {})
    name = f"{_NOT_IN_NAMES.sub('-', f'{title}-{wanted.label}')[:100]}.{document.ending}"
    token = await downloads.make(services_of(request), visit.live_session, document.kind, wanted.ids, name)
    # Old Android takes a file's name from the end of the address, if it cannot read that of the header.
    return RedirectResponse(link(request, "named_download", token=token, file_name=name), 303)
