"""Papers: documents that a customer uploads for an application."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.uploads import FileProgress, Piece
from partner_adapters.core_bank.wire import Wire
from partner_adapters.kit.web.calls.json_client import segment

# What the staff may ask for besides the papers that a product names.
FURTHER_PAPERS = (
    "identity",
    "business_licence",
    "bank_statements",
    "lease",
    "contracts",
    "income",
    "property",
    "other",
)


class UploadedPaper(Wire):
    """One stored paper. `code`: which one it is. `pages`: as pictures, from 1."""

    paper_id: str
    code: str
    pages: int
    stored_at: datetime


class PaperPiece(Piece):
    """The next piece of one paper: a photograph, or a PDF."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]{1,31}$")


class PaperCalls:
    """`POST /applications/{id}/papers/{paper}`, in pieces."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def send_piece(self, application_id: str, paper_id: str, piece: PaperPiece) -> FileProgress:
        """Send one piece. Sending it again changes nothing. The caller chooses the id: 32 hexadecimal digits.

        Problems as `IdentityImageCalls.send_piece`, and 404 `application.unknown`, 409 `paper.not_wanted`,
        `paper.too_many`, 422 `document.…` where a PDF is not taken.
        """
        path = f"/applications/{segment(application_id)}/papers/{segment(paper_id)}"
        return await self._calls.post(path, piece, FileProgress, repeatable=True)
