"""Rendering of this party's own pages: strict headers, the host's colours, no script but the bank's module."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from mock_partners.outside.gov_app.party import Stage, stage
from mock_partners.outside.gov_app.settings import AnyHost
from partner_adapters.kit.values.masking import mask_id_number, mask_name, mask_phone
from partner_adapters.kit.values.settings import origin_of

_HERE = Path(__file__).parent
_STYLE = (_HERE / "static" / "gov_app.css").read_text("utf-8")
STYLE_TAG = hashlib.sha256(_STYLE.encode()).hexdigest()[:12]
_PAGES = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.filters |= {"mask_name": mask_name, "mask_id": mask_id_number, "mask_phone": mask_phone}


def page(
    here: Stage[AnyHost],
    template: str,
    status: int = 200,
    *,
    elder: bool = False,
    form_targets: tuple[str, ...] = (),
    in_our_frame: bool = False,
    opens_service: bool = False,
    **context: Any,
) -> Response:
    """One page of a host.

    `form_targets`: URLs that a form's answer redirects to (CSP `form-action` follows it). `in_our_frame`: a service
    that we frame may send its person here. `opens_service`: the page loads the bank's module and may frame its pages.
    """
    html = _PAGES.get_template(template).render(
        sdk=here.host.sdk,
        look=here.look,
        site=urlsplit(here.issuer).path,
        elder=elder,
        style_tag=STYLE_TAG,
        **context,
    )
    origins = " ".join(sorted({origin_of(target) for target in form_targets}))
    framers = "'self'" if in_our_frame else "'none'"
    policy = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        f"frame-ancestors {framers}; form-action 'self' {origins}".rstrip()
    )
    if opens_service and here.host.sdk:
        # Our own login page comes into the frame too.
        framed = f"'self' {origin_of(here.host.entry_url)}"
        policy += f"; script-src {origin_of(here.host.sdk.url)}; frame-src {framed}"
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",  # no-referrer would make our own forms say "Origin: null"
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(html, status, headers)


async def show_style(request: Request) -> Response:
    """The style sheet with the host's own colours; its address changes with its content."""
    look = stage(request).look
    colours = f":root {{ --host: {look.colour}; --host-soft: {look.soft}; }}\n"
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(colours + _STYLE, media_type="text/css", headers=headers)
