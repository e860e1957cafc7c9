"""Papers over HTTP: pieces from customers, pages as pictures to the bank's staff."""

from __future__ import annotations

from functools import partial

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from mock_partners.bank.core.credit.papers import require_wanted
from mock_partners.bank.core.credit.records import read_own_application
from mock_partners.bank.core.http.uploads import Receiver, receive, require_id
from mock_partners.bank.core.kernel.access import authorise
from mock_partners.bank.core.kernel.limits import PAPERS
from mock_partners.bank.core.kernel.services import core_of
from mock_partners.bank.core.papers import storing
from mock_partners.bank.core.papers.storing import PaperOf
from partner_adapters.core_bank.papers import PaperPiece
from partner_adapters.kit.values.documents import read_document
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.sealed_chunks import NotAsSealed
from partner_adapters.kit.web.json_answers import answer, read
from partner_adapters.kit.web.logs import log


async def add_piece(request: Request) -> Response:
    """Store one piece; with the last one, draw the pages and store them. Problems as `PaperCalls.send_piece`."""
    core, ctx = core_of(request), authorise(request)
    piece = await read(request, PaperPiece)
    application_id = request.path_params["application_id"]
    paper_id = require_id(request.path_params["paper_id"], "paper.unknown")
    application = await core.store.read(lambda conn: read_own_application(conn, ctx, application_id))
    owner = PaperOf(paper_id, application_id, application.customer_id, piece.code)

    def permit(conn: Connection) -> None:
        require_wanted(conn, ctx, application_id, piece.code)

    receiver = Receiver(
        file_id=paper_id,
        customer_id=application.customer_id,
        slot=f"{application_id} {piece.code}",
        limit=PAPERS,
        permit=permit,
        is_stored=lambda conn: storing.is_stored(conn, ctx, application_id, paper_id),
        decode=read_document,
        store=lambda conn, pages: storing.store(conn, ctx, core.paper_sealer, owner, pages),
    )
    return answer(await receive(core, ctx, receiver, piece))


async def show_page(request: Request) -> Response:
    """Answer one page of a paper to the bank's staff. Problems 404 `paper.unknown`, 502 `paper.differs`."""
    core, ctx = core_of(request), authorise(request, "reviews")
    paper_id, number = request.path_params["paper_id"], request.path_params["number"]
    asked = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else 0
    read_page = partial(storing.read_page, ctx=ctx, sealer=core.paper_sealer, paper_id=paper_id, number=asked)
    try:
        jpeg = await core.store.read(read_page)
    except NotAsSealed as error:
        log.error("paper.differs", subject=paper_id)
        raise Problem(502, "paper.differs") from error
    return Response(jpeg, media_type="image/jpeg", headers={"cache-control": "no-store"})
