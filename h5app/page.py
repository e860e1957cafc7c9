"""This application's pages: its texts, its templates, and links to a partner's pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from h5app.states import rules_of
from h5app.visit import Visit, tiles_with_faces, visit_of
from partner_adapters.kit.pages import formats, rendering
from partner_adapters.kit.pages.addresses import Addresses, own_address, with_query
from partner_adapters.kit.pages.environment import page_environment
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.pages.i18n import Catalogues
from partner_adapters.kit.pages.icons import drawings
from partner_adapters.kit.pages.security.csp import pdf_policy

# What serves one method of a route.
Page = Callable[[Request], Awaitable[Response]]
_HERE = Path(__file__).parent
TEMPLATES = _HERE / "templates"
TEXTS = Catalogues(_HERE / "locales", {"zh": "zh_CN", "en": "en"})
ICONS = {
    "card": '<path d="M4 7h20v14H4zM4 12h20M8 17h5"/>',
    "top_up": '<path d="M14 4v14M8 12l6 6 6-6M5 23h18"/>',
    "withdraw": '<path d="M14 18V4M8 10l6-6 6 6M5 23h18"/>',
    "entries": '<path d="M6 4h16v20l-4-2.5-4 2.5-4-2.5L6 24zM10 10h8M10 15h8"/>',
    "draw": '<path d="M4 10l10-6 10 6M6 10v11M12 10v11M16 10v11M22 10v11M3 24h22"/>',
    "repay": '<path d="M5 14a9 9 0 0 1 15-6.7L23 10M23 4v6h-6M23 14a9 9 0 0 1-15 6.7L5 18M5 24v-6h6"/>',
    "contract": '<path d="M7 3h10l5 5v17H7zM17 3v5h5M11 14h7M11 19h7"/>',
    "account": '<path d="M4 8h18a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2zM4 8l13-4v4M20 16h.1"/>',
    "face": '<circle cx="14" cy="11" r="5"/><path d="M4 25c1-6 5-8 10-8s9 2 10 8"/>',
}
icon = drawings(ICONS)


@cache
def environment(lang: str) -> Environment:
    """Return the templates of one language, compiled once a process."""
    texts = TEXTS.translations(lang)
    env = page_environment(lang, [TEMPLATES], texts.gettext, icon)
    env.filters["text"] = lambda texts: texts.get(lang) or texts["zh"]
    env.globals |= {"ngettext": _counted(texts.ngettext), "say": _say(lang), "rules_of": rules_of}
    env.globals |= {"tiles_with_faces": tiles_with_faces}
    env.globals |= {"own_address": own_address, "with_query": with_query}
    return env


def render(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """Return one page for this visit. `visit` and `url(name)` come along with `context`."""
    visit: Visit | None = getattr(request.state, "visit", None)
    addresses: Addresses = request.app.state.addresses
    url: Callable[..., str] = addresses.bind(partner=visit.partner.id) if visit else addresses.path
    if visit and visit.look_query:
        url = _keeping(url, visit.look_query)
    env = environment(visit.lang if visit else "zh")
    return rendering.render(request, env, template, status, visit=visit, url=url, **context)


def link(request: Request, name: str, query: dict[str, str] | None = None, **params: Any) -> str:
    """Return the path of a page of this visit's partner."""
    params.setdefault("partner", visit_of(request).partner.id)
    addresses: Addresses = request.app.state.addresses
    path = addresses.path(name, **params)
    return f"{path}?{urlencode(query)}" if query else path


def see_other(request: Request, name: str, query: dict[str, str] | None = None, **params: Any) -> Response:
    """Redirect with 303: after every POST, and wherever a page leads on to another."""
    return RedirectResponse(link(request, name, query, **params), 303)


def pdf_answer(request: Request, document: bytes, name: str) -> Response:
    """Return a PDF for the phone to show. `name`: without its ending. Downloads go through `downloads.py`."""
    headers = {
        "Content-Disposition": f'inline; filename="{name}.pdf"',
        "Content-Security-Policy": pdf_policy(request.state.page_policy),
    }
    return Response(document, media_type="application/pdf", headers=headers)


def refuse_as_text(status: int, code: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return a sentence in both languages instead of a page, which a download manager would save as the file."""
    said = "\n\n".join(TEXTS.say(lang, code, {}) for lang in TEXTS.languages)
    return PlainTextResponse(f"{said}\n", status, headers)


def blank_form(visit: Visit, **defaults: str) -> Form:
    """Return the form to show: the interrupted one if there is one, else the defaults."""
    return Form({**defaults, **(visit.saved_form.values if visit.saved_form else {})})


def _keeping(url: Callable[..., str], look: Mapping[str, str]) -> Callable[..., str]:
    """Return `url` whose links keep the look of a visitor without a session."""

    def with_look(name: str, **params: Any) -> str:
        return with_query(url(name, **params), **look)

    return with_look


def _counted(find: Callable[[str, str, int], str]) -> Any:
    def counted(one: str, many: str, num: int) -> Markup:
        return Markup(find(one, many, num)) % {"num": num}  # noqa: S704 - our own texts; `%` escapes the values

    return counted


def _say(lang: str) -> Any:
    # Most sentences have no values. The bound is above the number of codes in the catalogues.
    @lru_cache(maxsize=2048)
    def whole(code: str) -> str:
        return TEXTS.say(lang, code, {})

    def say(code: str, params: Mapping[str, Any] | None = None) -> str:
        if not params:
            return whole(code)
        return TEXTS.say(lang, code, {k: formats.param(v, lang) for k, v in params.items()})

    return say
