"""Pages from templates: everything escaped, each text in the visitor's language, every address by its route's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from h5app import formats, i18n
from h5app.addresses import Addresses
from h5app.static_files import StaticFiles
from h5app.templating import OneLanguage

TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment(lang: str) -> Environment:
    """The templates of one language, compiled once a process."""
    texts = i18n.translations(lang)
    env = OneLanguage(
        texts.gettext,
        icon,
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.do"],
    )
    env.filters |= {
        "yuan": formats.yuan,
        "plain_yuan": formats.plain_yuan,
        "whole_yuan": formats.whole_yuan,
        "rate": formats.rate,
        "clock_time": formats.clock_time,
        "day": lambda moment: formats.day(moment, lang),
        "minute": lambda moment: formats.minute(moment, lang),
        "text": lambda texts: texts.get(lang) or texts["zh"],
        "call": _call,
        "whole": _whole,
    }
    env.globals |= {"ngettext": _counted(texts.ngettext), "say": _say(lang), "icon": icon, "lang": lang}
    return env


def render(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """One page for this visit. `context` is what the template names; `visit`, `request` and `nonce` come along."""
    visit = getattr(request.state, "visit", None)
    addresses: Addresses = request.app.state.addresses
    files: StaticFiles = request.app.state.static
    page = environment(visit.lang if visit else "zh").get_template(template)
    shared = {
        "request": request,
        "visit": visit,
        "nonce": getattr(request.state, "csp_nonce", ""),
        "url": addresses.of(visit.partner.id) if visit else addresses.path,
        "static": files.url,
    }
    return HTMLResponse(page.render({**shared, **context}), status)


@cache
def icon(name: str) -> Markup:
    """An inline picture from the sprite; always beside its words, so hidden from screen readers."""
    return Markup(
        '<svg class="icon" viewBox="0 0 28 28" aria-hidden="true" focusable="false">{}</svg>'
    ).format(
        Markup(ICONS[name])  # noqa: S704 - constants of this file
    )


def _call(phone: str) -> Markup:
    """A number to tap."""
    return Markup('<a href="tel:{}">{}</a>').format(phone.replace(" ", ""), _whole(phone))


def _whole(figures: str) -> Markup:
    """What is read as one: broken across lines only where a line is too short for it."""
    return Markup('<span class="whole">{}</span>').format(figures)


def _counted(find: Callable[[str, str, int], str]) -> Any:
    def counted(one: str, many: str, num: int) -> Markup:
        return Markup(find(one, many, num)) % {"num": num}  # noqa: S704 - our own texts; `%` escapes the values

    return counted


def _say(lang: str) -> Any:
    def say(code: str, params: Mapping[str, Any] | None = None) -> str:
        return i18n.say(lang, code, {k: _shown(k, v, lang) for k, v in (params or {}).items()})

    return say


def _shown(name: str, value: Any, lang: str) -> Any:
    # Money and ISO dates inside an error's figures are written as people write them.
    if name.endswith("_fen") and isinstance(value, int):
        return formats.plain_yuan(value)
    if isinstance(value, date | datetime):
        return formats.day(value, lang)
    if isinstance(value, str):
        whole, point, cents = value.partition(".")
        if point and len(cents) == 2 and whole.isdigit() and cents.isdigit():
            return formats.plain_yuan(int(whole + cents))
        if len(value) == 10 and value[4] == value[7] == "-":
            return formats.day(date.fromisoformat(value), lang)
    return value


ICONS = {
    "top_up": '<path d="M14 4v14M8 12l6 6 6-6M5 23h18"/>',
    "entries": '<path d="M6 4h16v20l-4-2.5-4 2.5-4-2.5L6 24zM10 10h8M10 15h8"/>',
    "draw": '<path d="M4 10l10-6 10 6M6 10v11M12 10v11M16 10v11M22 10v11M3 24h22"/>',
    "repay": '<path d="M5 14a9 9 0 0 1 15-6.7L23 10M23 4v6h-6M23 14a9 9 0 0 1-15 6.7L5 18M5 24v-6h6"/>',
    "contract": '<path d="M7 3h10l5 5v17H7zM17 3v5h5M11 14h7M11 19h7"/>',
    "account": '<path d="M4 8h18a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2zM4 8l13-4v4M20 16h.1"/>',
    "good": '<circle cx="14" cy="14" r="11"/><path d="M9 14.5l3.5 3.5 7-8"/>',
    "heed": '<circle cx="14" cy="14" r="11"/><path d="M14 7v8l5 3"/>',
    "note": '<circle cx="14" cy="14" r="11"/><path d="M14 13v7M14 8.5h.1"/>',
    "wrong": '<circle cx="14" cy="14" r="11"/><path d="M14 8v8M14 20h.1"/>',
    "face": '<circle cx="14" cy="11" r="5"/><path d="M4 25c1-6 5-8 10-8s9 2 10 8"/>',
}
"""Drawn on a 28 by 28 grid, stroked with the text's colour."""
