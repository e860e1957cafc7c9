"""The page where a citizen signs in and agrees or refuses. Its texts are Chinese, as the bureau's are."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mock_partners.outside.data_sources.people import People
from mock_partners.outside.data_sources.settings import DataSourcesSettings
from mock_partners.outside.data_sources.tax_bureau.authorisations import issue_code
from mock_partners.outside.data_sources.tax_bureau.requests import (
    AuthorisationRequest,
    Unregistered,
    read_request,
)
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.pages.environment import page_environment
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.pages.rendering import render
from partner_adapters.kit.pages.security.csp import PagePolicy
from partner_adapters.kit.pages.static_files import StaticFiles
from partner_adapters.kit.values.check_digits import is_id_number, normalise
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.values.settings import origin_of

_HERE = Path(__file__).parent
STYLE = "tax_bureau.css"


@cache
def environment() -> Environment:
    """Return the templates, compiled once in a process."""
    return page_environment("zh", [_HERE / "templates"], str, lambda _name: Markup(""))


def static_files(base_url: str) -> StaticFiles:
    """Return the bureau's style sheet as a static file."""
    files = StaticFiles(_HERE / "static", urlsplit(base_url).path)
    files.add_style(STYLE, (_HERE / "static" / STYLE).read_bytes())
    return files


class TaxBureauPages:
    """`GET|POST /tax/authorize`."""

    def __init__(self, settings: DataSourcesSettings, people: People, store: Store, clock: Clock) -> None:
        self._settings = settings
        self._people = people
        self._store = store
        self._clock = clock

    async def show(self, request: Request) -> Response:
        try:
            asked = read_request(self._settings.banks, request.query_params)
        except Unregistered:
            return render(request, environment(), "refused.html", 400, style=STYLE)
        return self._page(request, asked, Form({}))

    async def decide(self, request: Request) -> Response:
        try:
            asked = read_request(self._settings.banks, request.query_params)
        except Unregistered:
            return render(request, environment(), "refused.html", 400, style=STYLE)
        form = await Form.posted(request)
        if form.values["outcome"] != "agree":
            return RedirectResponse(asked.answered(error="access_denied"), 303)
        id_number = normalise(form.values["id_number"])
        if not is_id_number(id_number):
            form.fail("id_number", "malformed")
        elif self._people.find(id_number) is None:
            form.fail("id_number", "unknown")
        if normalise(form.values["code"]) != code_of(asked):
            form.fail("code", "wrong")
        if not form.ok:
            return self._page(request, asked, form, 422)
        wall = self._clock.wall()
        secret = await self._store.write(lambda conn: issue_code(conn, asked, id_number, wall))
        return RedirectResponse(asked.answered(code=secret), 303)

    def _page(self, request: Request, asked: AuthorisationRequest, form: Form, status: int = 200) -> Response:
        # The redirect that answers the form leads to the bank's pages.
        request.state.page_policy = PagePolicy(form_action=(origin_of(asked.redirect_uri),))
        shared: dict[str, Any] = {"style": STYLE, "asked": asked, "form": form, "played_code": code_of(asked)}
        action = f"{request.url.path}?{request.url.query}"
        return render(request, environment(), "authorize.html", status, action=action, **shared)


def code_of(asked: AuthorisationRequest) -> str:
    """Return the six digits that a real bureau would send to the taxpayer's phone. The played one shows them."""
    return f"{int(hashlib.sha256(asked.state.encode()).hexdigest(), 16) % 1_000_000:06d}"
