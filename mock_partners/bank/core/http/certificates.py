"""The sealed PDF of a certificate, which is fetched from e-sign at each request."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from mock_partners.bank.core.kernel.access import authorise
from mock_partners.bank.core.kernel.services import core_of
from mock_partners.bank.core.loans.certificates import DocumentDiffers, fetch_document, read_certificate
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.logs import log


async def document(request: Request) -> Response:
    """Answer the PDF if its bytes are those that e-sign sealed.

    Problems 404 `certificate.not_issued`, 409 `certificate.not_ready`, 502 `certificate.document_differs`, 503
    `esign.unavailable`.
    """
    core, ctx, loan_id = core_of(request), authorise(request), request.path_params["loan_id"]
    certificate = await core.store.read(lambda conn: read_certificate(conn, ctx, loan_id))
    if certificate.document_id is None or certificate.sha256 is None:
        raise Problem(409, "certificate.not_ready")
    try:
        content = await fetch_document(core, ctx, certificate.document_id, certificate.sha256)
    except CallFailed as error:
        raise Problem(503, "esign.unavailable", error.reason) from error
    except DocumentDiffers as error:
        log.error("certificate.document_differs", loan=loan_id)
        raise Problem(502, "certificate.document_differs") from error
    return Response(content, media_type="application/pdf")
