"""A page from a template, with what every template of every application may use."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from partner_adapters.kit.pages.static_files import StaticFiles


def render(
    request: Request, environment: Environment, template: str, status: int = 200, **context: Any
) -> Response:
    """Return the page. `request`, `nonce` and `static(name)` come along with `context`.

    The application keeps its `StaticFiles` at `app.state.static`.
    """
    files: StaticFiles = request.app.state.static
    shared = {
        "request": request,
        "nonce": getattr(request.state, "csp_nonce", ""),
        "static": files.url,
    }
    return HTMLResponse(environment.get_template(template).render({**shared, **context}), status)
