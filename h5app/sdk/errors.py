"""`/sdk/errors`: what each code of the JavaScript SDK means and what mends it. Each error's `docs` leads here.

The page needs no login and no script. Its sentences are those of the newest release, so that one source speaks.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from h5app.page import environment
from h5app.sdk import routes
from h5app.services import services_of
from h5app.sessions import as_lang, as_text_size
from partner_adapters.kit.pages import rendering
from partner_adapters.kit.pages.addresses import with_query

PATH = "/sdk/errors"


def errors_route() -> Route:
    """Return the route. Query: `lang` (`zh`, `en`) and `ui` (`standard`, `elder`, `largest`)."""
    return Route(PATH, _show, name="sdk_errors")


@cache
def texts() -> dict[str, Any]:
    """Return the texts of the newest release: `codes` with their reasons, and `options`."""
    version = routes.versions()[-1]
    found: dict[str, Any] = json.loads((routes.RELEASES / version / "texts.json").read_text("utf-8"))
    return found


async def _show(request: Request) -> Response:
    lang = as_lang(request.query_params.get("lang")) or "zh"
    size = as_text_size(request.query_params.get("ui")) or "standard"
    # What a message of a real error has in these places.
    example = {"reason": "frame-src", "what": services_of(request).settings.base_url}
    return rendering.render(
        request,
        environment(lang),
        "sdk/errors.html",
        visit=None,
        size=size,
        example=example,
        texts=texts(),
        other_lang=with_query(PATH, lang="en" if lang == "zh" else "zh", ui=size),
        other_size=with_query(PATH, lang=lang, ui="elder" if size == "standard" else "standard"),
    )
