"""Documents that the tests' people send: plain ones, and such as a stranger makes to do harm."""

from __future__ import annotations

import base64
import io
import secrets
import zipfile

from pypdf import PdfWriter
from pypdf.generic import (
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    RectangleObject,
    TextStringObject,
)

from partner_adapters.core_bank.client import CoreBank
from partner_adapters.core_bank.papers import PaperPiece
from partner_adapters.core_bank.uploads import PIECE_BYTES, FileProgress
from partner_adapters.kit.values.sealed_chunks import cut


def pdf(pages: int = 2, *, password: str = "", script: str = "", size: float = 595) -> bytes:
    """Return a PDF of so many pages, each with a black bar."""
    writer, written = PdfWriter(), io.BytesIO()
    for _ in range(pages):
        page = writer.add_blank_page(size, 842)
        drawn = DecodedStreamObject()
        drawn.set_data(b"0 g 50 700 300 40 re f")
        page[NameObject("/Contents")] = writer._add_object(drawn)
        page.mediabox = RectangleObject((0, 0, size, 842))
    if script:
        writer._root_object[NameObject("/OpenAction")] = DictionaryObject(
            {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject(script)}
        )
    if password:
        writer.encrypt(password)
    writer.write(written)
    return written.getvalue()


def zip_in(content: bytes) -> bytes:
    """Return the content followed by a ZIP archive: one file that is read as two kinds."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("run.js", "alert(1)")
    return content + packed.getvalue()


async def send_paper(
    core: CoreBank, application_id: str, content: bytes, code: str = "lease", paper_id: str = ""
) -> FileProgress:
    """Send a paper in pieces, as h5app does."""
    paper_id, offset = paper_id or secrets.token_hex(16), 0
    for part in cut(content, PIECE_BYTES):
        piece = PaperPiece(code=code, total_bytes=len(content), offset=offset, content=base64.b64encode(part))
        progress = await core.papers.send_piece(application_id, paper_id, piece)
        offset += len(part)
    return progress
