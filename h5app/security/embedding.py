"""Whether a page stands in the partner's frame: by what the browser says of this very request, kept nowhere.

Every browser that keeps partitioned cookies says where a page will stand (`Sec-Fetch-Dest`; no script can), so a page
at top level is never given a cross-site cookie, and a partner that may not frame us never is.
"""

from __future__ import annotations

from starlette.requests import Request

from partner_adapters.partners.file import Partner

MARK, FRAME = "embed", "frame"
"""`/enter?embed=frame`: the partner's page says that it opens us in a frame."""


def is_framed(request: Request, partner: Partner) -> bool:
    return bool(partner.frame_ancestors) and request.headers.get("sec-fetch-dest") == "iframe"


def said_framed(request: Request) -> bool:
    """What the partner's page said: all there is to go by in browsers that do not say it themselves."""
    return request.query_params.get(MARK) == FRAME
