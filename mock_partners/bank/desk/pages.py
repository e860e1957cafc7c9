"""Templates of the desk, and the words for what the core states by code (`labels.toml`)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mock_partners.bank.desk.services import desk_of
from mock_partners.bank.desk.sessions import current
from partner_adapters.kit.observed.request_id import current_request_id
from partner_adapters.kit.pages import errors, formats, rendering
from partner_adapters.kit.pages.environment import page_environment
from partner_adapters.kit.pages.icons import drawings
from partner_adapters.kit.pages.security import csrf_token
from partner_adapters.kit.values.money import fen_from_wire
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.wire import wire_name

_HERE = Path(__file__).parent
LABELS: dict[str, dict[str, str]] = tomllib.loads((_HERE / "labels.toml").read_text("utf-8"))
Page = Callable[[Request], Awaitable[Response]]
# A fact with its source, or a figure of the product, in an expression.
_NAME = re.compile(r"\b([a-z_]+)\.([a-z_0-9]+)\b")
_QUOTED = re.compile(r'"([^"]*)"')


@cache
def environment() -> Environment:
    """Return the templates, compiled once in a process."""
    env = page_environment("zh", [_HERE / "templates"], str, drawings({}))
    env.filters |= {"label": label, "shown": shown, "doubt": doubt, "in_words": in_words}
    env.globals |= {"say": say, "ngettext": lambda one, _many, num: one % {"num": num}}
    return env


def label(code: str, group: str) -> str:
    """Return the words for a code, or the code itself where the desk knows none."""
    return LABELS[group].get(code, code)


def say(code: str, params: dict[str, Any] | None = None) -> str:
    """Return the sentence for an error's code."""
    sentence = LABELS["error"].get(code.removeprefix("error."), LABELS["error"]["unknown"])
    values = {name: shown(value) for name, value in (params or {}).items()}
    for name, value in values.items():
        sentence = sentence.replace(f"${name}", value)
    return sentence


def shown(value: Any) -> str:
    """Return a stated value as staff read it: yes and no in words, money with its sign, days, a list by its entries."""
    if isinstance(value, bool):
        return LABELS["value"]["yes" if value else "no"]
    if value is None or value == "":
        return LABELS["value"]["none"]
    if isinstance(value, list):
        return "；".join(shown(item) for item in value) or LABELS["value"]["empty"]
    if isinstance(value, dict):
        return "，".join(
            f"{label(name, 'fact')} {shown(item)}" for name, item in value.items() if name != "currency"
        )
    return label(formats.param(_money(value), "zh"), "stated") if isinstance(value, str) else str(value)


def doubt(code: str) -> str:
    """Return why a source is not believed: a general cause, or the name of the fact that is faulty."""
    known = LABELS["doubt"].get(code)
    return known or LABELS["doubt"]["faulty"].replace("$fact", label(wire_name(code), "fact"))


def in_words(text: str) -> str:
    """Return a rule's condition, or why the engine has no result, with the names that the staff know."""
    named = _NAME.sub(lambda found: _name(*found.groups()), LABELS["why"].get(text, text))
    named = _QUOTED.sub(lambda found: label(found[1], "stated"), named)
    for sign, word in LABELS["condition"].items():
        named = named.replace(sign, word)
    return " ".join(named.split())


def _name(source: str, fact: str) -> str:
    """Return the words for `tax.level` or `params.age_min`: figures and lists of the product go by their own name."""
    if source in ("params", "lists"):
        return label(wire_name(fact), "param")
    return f"{label(source, 'source')}“{label(wire_name(fact), 'fact')}”"


def _money(text: str) -> str:
    whole, point, cents = text.removeprefix("-").partition(".")
    if not (point and whole.isdigit() and len(cents) == 2 and cents.isdigit()):
        return text
    return formats.yuan(fen_from_wire(text))


def render(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """Return one page. `site` begins every link; a person who has signed in has `staff` and the forms' `csrf`."""
    desk, staff = desk_of(request), current(request) if hasattr(request.state, "staff") else None
    csrf = csrf_token.issue(desk.signing, staff.ref) if staff else ""
    shared = {"site": desk.site, "staff": staff, "csrf": csrf}
    return rendering.render(request, environment(), template, status, **shared, **context)


def see_other(request: Request, path: str) -> Response:
    """Redirect with 303 to a page of the desk."""
    return RedirectResponse(f"{desk_of(request).site}{path}", 303)


async def page_for(request: Request, error: Exception) -> Response:
    """Return the page for what a route raised."""
    return unexpected(request, error)


def unexpected(request: Request, error: Exception) -> Response:
    """Return the page for an error that no route could handle."""
    failure = errors.classify(request, error, begun=hasattr(request.state, "staff"))
    errors.record(failure, error)
    code = error.code if isinstance(error, Problem) else failure.kind
    known = code if code in LABELS["error"] else failure.kind
    return render(
        request, "error.html", failure.status, code=known, kind=failure.kind, reference=current_request_id()
    )
