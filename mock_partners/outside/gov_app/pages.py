"""Rendering of a host's pages, with its colours and the content security policy of each page."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import Response

from mock_partners.outside.gov_app.drawings import icon
from mock_partners.outside.gov_app.hosts import LOOKS
from mock_partners.outside.gov_app.party import HostRequest
from mock_partners.outside.gov_app.settings import AnyHost, GovAppSettings
from partner_adapters.kit.pages.environment import page_environment
from partner_adapters.kit.pages.rendering import render
from partner_adapters.kit.pages.security.csp import PagePolicy
from partner_adapters.kit.pages.static_files import StaticFiles
from partner_adapters.kit.values.masking import mask_id_number, mask_name, mask_phone
from partner_adapters.kit.values.settings import origin_of

_HERE = Path(__file__).parent


@cache
def environment() -> Environment:
    """Return the templates, compiled once in a process. All texts are Chinese and written in the templates."""
    env = page_environment("zh", [_HERE / "templates"], str, icon)
    env.filters |= {"mask_name": mask_name, "mask_id": mask_id_number, "mask_phone": mask_phone}
    return env


def static_files(settings: GovAppSettings) -> StaticFiles:
    """Return the static files, among them one style sheet for each host in its own colours."""
    files = StaticFiles(_HERE / "static", urlsplit(settings.base_url).path)
    style = (_HERE / "static" / "gov_app.css").read_bytes()
    for key in settings.hosts:
        colours = f":root {{ --host: {LOOKS[key].colour}; --host-soft: {LOOKS[key].soft}; }}\n"
        files.add_style(f"{key}.css", colours.encode(), style)
    return files


def page(
    request: Request,
    host: HostRequest[AnyHost],
    template: str,
    status: int = 200,
    *,
    elder: bool = False,
    form_targets: tuple[str, ...] = (),
    in_frames_of: tuple[str, ...] = (),
    opens_service: bool = False,
    **context: Any,
) -> Response:
    """Return one page of a host.

    `form_targets`: URLs that a form's response redirects to. `in_frames_of`: the origins of pages that may show
    this one in a frame. `opens_service`: the page loads the bank's module and may frame its pages.
    """
    sdk = host.settings.sdk
    request.state.page_policy = PagePolicy(
        frame_ancestors=in_frames_of,
        form_action=tuple(sorted({origin_of(target) for target in form_targets})),
        # A framed service redirects its customer to our own login page, inside the frame.
        frames=("'self'", origin_of(host.settings.entry_url)) if opens_service and sdk else (),
    )
    shared = {
        "sdk": sdk,
        "look": host.look,
        "style": f"{host.key}.css",
        "site": urlsplit(host.issuer).path,
        "elder": elder,
    }
    return render(request, environment(), template, status, **shared, **context)
