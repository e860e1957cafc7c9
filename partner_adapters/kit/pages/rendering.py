"""Render a template as a page, with the values that every template of every application may use."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from partner_adapters.kit.pages.static_files import StaticFiles


def render(
    request: Request, environment: Environment, template: str, status: int = 200, **context: Any
) -> Response:
    """Return the page. The template gets `request`, `nonce` and `static(name)` besides `context`.

    The application must keep its `StaticFiles` at `app.state.static`.
    """
    files: StaticFiles = request.app.state.static
    shared = {
        "request": request,
        "nonce": getattr(request.state, "csp_nonce", ""),
        "static": files.url,
    }
    return HTMLResponse(environment.get_template(template).render({**shared, **context}), status)
