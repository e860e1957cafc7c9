"""Detect from the headers of a request whether its page will be shown in a frame.

Every browser that stores partitioned cookies sends `Sec-Fetch-Dest`, which no script can set. A page at top level
therefore never gets a cross-site cookie.
"""

from __future__ import annotations

from starlette.requests import Request


def is_in_frame(request: Request) -> bool:
    """Whether the browser will show the response in a frame."""
    return request.headers.get("sec-fetch-dest") == "iframe"
