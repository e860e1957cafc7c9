"""`/documents/{token}`: the document of a one-time link. Every refusal is text: a saved page would look like the file.

Ranges are not served: a part of a file that is made anew at each request fits no other part. `Accept-Ranges: none`
says so, and a request for a range gets the whole file, as RFC 9110 allows.
"""

from __future__ import annotations

from urllib.parse import quote

import structlog
from starlette.requests import Request
from starlette.responses import Response

from h5app import downloads
from h5app.documents import DOCUMENTS, Document
from h5app.downloads import Link
from h5app.page import refuse_as_text
from h5app.services import services_of
from h5app.visit import visit_of
from partner_adapters.kit.durable.store import DatabaseAway
from partner_adapters.kit.pages.security.csp import pdf_policy
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed

log = structlog.get_logger()
RETRY_AFTER_S = 10


async def show(request: Request) -> Response:
    """Answer the file, 401 where the link does not serve, 503 where the bank cannot give the file now."""
    visit, services = visit_of(request), services_of(request)
    try:
        link = await downloads.find(services, visit.partner.id, request.path_params["token"], visit.session)
        if link is not None and request.method == "HEAD":
            # It says what the file is, uses nothing up and makes no work for the bank.
            document = DOCUMENTS[link.document]
            return Response(media_type=document.media_type, headers=_headers(request, link, document))
        # Used up first, so that of many requests at once one makes the bank work.
        if link is None or not await downloads.use(services, link):
            return refuse_as_text(401, "download.ended")
        document = DOCUMENTS[link.document]
        try:
            content = await document.fetch(request, link.ids)
        except (Problem, CallFailed):
            await downloads.give_back(services, link)
            raise
    except (Problem, CallFailed, DatabaseAway) as error:
        log.warning("download.failed", reason=error.code if isinstance(error, Problem) else "away")
        return refuse_as_text(503, "download.away", {"Retry-After": str(RETRY_AFTER_S)})
    return Response(content, media_type=document.media_type, headers=_headers(request, link, document))


def _headers(request: Request, link: Link, document: Document) -> dict[str, str]:
    return {
        "Content-Disposition": content_disposition(link.file_name, f"{document.kind}.{document.ending}"),
        "Content-Security-Policy": pdf_policy(request.state.page_policy),
        "Accept-Ranges": "none",
    }


def content_disposition(name: str, plain_name: str) -> str:
    """Return the header for a file of any name. `plain_name`: in ASCII, for what cannot read the other form."""
    return f"attachment; filename=\"{plain_name}\"; filename*=UTF-8''{quote(name, safe='')}"
