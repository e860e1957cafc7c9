"""Documents that customers send: photographs, and PDFs, of which only the pictures of their pages are taken.

A PDF is drawn by a process of its own with bounds on memory and time. Scripts, links, forms and attached files of it
are never run, and nothing of them is left in a picture. The renderer (pdfium) is built without a script engine.
"""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

from partner_adapters.kit.values.drawing_pdf import ENCRYPTED, TOO_MANY, UNREADABLE
from partner_adapters.kit.values.pictures import BOUNDS, Picture, PictureBounds, Unreadable, read_picture

MOST_PAGES = 20
DRAWN_WITHIN_S = 20
MEMORY_BYTES = 1024 * 1024 * 1024
_HEAD = b"%PDF-"
# What the drawing process says with its exit status.
REFUSALS = {
    ENCRYPTED: "document.encrypted",
    TOO_MANY: "document.too_many_pages",
    UNREADABLE: "document.unreadable",
}
_PAGE = struct.Struct(">III")
# Run by its path, with nothing else of ours imported.
_DRAWING = Path(__file__).with_name("drawing_pdf.py")


def read_document(content: bytes, bounds: PictureBounds = BOUNDS) -> list[Picture]:
    """Return the pages of a document as pictures: one of a photograph. Raises `Unreadable`.

    It takes up to `DRAWN_WITHIN_S` and `MEMORY_BYTES`, so run it by `kit/web/side_work.py`.
    """
    if not content.startswith(_HEAD):
        return [read_picture(content, bounds)]
    if len(content) > bounds.most_bytes:
        raise Unreadable("picture.too_big", {"max_mb": bounds.most_bytes // (1024 * 1024)})
    return _read_pages(_draw(content))


def _draw(content: bytes) -> bytes:
    """Return what the drawing process wrote. Whatever ends it otherwise, the document is not taken."""
    command = [sys.executable, "-I", str(_DRAWING), str(MOST_PAGES), str(MEMORY_BYTES), str(DRAWN_WITHIN_S)]
    try:
        ended = subprocess.run(  # noqa: S603  this interpreter, our own program
            command, input=content, capture_output=True, timeout=DRAWN_WITHIN_S, check=False, env={}
        )
    except subprocess.TimeoutExpired:
        raise Unreadable("document.too_slow") from None
    if ended.returncode:
        code = REFUSALS.get(ended.returncode, "document.unreadable")
        raise Unreadable(code, {"most": MOST_PAGES} if code == "document.too_many_pages" else {})
    return ended.stdout


def _read_pages(written: bytes) -> list[Picture]:
    pages, at = [], 0
    while at < len(written):
        size, width, height = _PAGE.unpack_from(written, at)
        at += _PAGE.size
        pages.append(Picture(written[at : at + size], width, height))
        at += size
    if not pages:
        raise Unreadable("document.unreadable")
    return pages
