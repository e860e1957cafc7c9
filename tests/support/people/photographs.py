"""Photographs that the tests' people send, drawn when they are needed: no real document is among them."""

from __future__ import annotations

import base64
import io
import secrets
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from PIL import Image, ImageDraw

from partner_adapters.core_bank.client import CoreBank
from partner_adapters.core_bank.identity_images import SIDES, IdentityImages, ImagePiece

# Each side's name on the page.
LABELS = {"front": "有人像的一面", "back": "有国徽的一面"}


@cache
def photograph(side: str = "front", size: tuple[int, int] = (640, 404)) -> bytes:
    """Return a JPEG that has the shape of an identity card and says that it is none."""
    image = Image.new("RGB", size, (228, 236, 240))
    pen = ImageDraw.Draw(image)
    pen.rectangle((size[0] * 2 // 3, size[1] // 5, size[0] - 40, size[1] * 3 // 4), fill=(150, 160, 170))
    pen.text((40, 40), f"TEST PICTURE, {side}: not a document", fill=(30, 30, 30))
    written = io.BytesIO()
    image.save(written, "JPEG", quality=70)
    return written.getvalue()


async def send_photographs(core: CoreBank, customer_id: str) -> IdentityImages:
    """Send both sides to the bank, each in one piece, as h5app does."""
    sent = {}
    for side in SIDES:
        content, sent[side] = photograph(side), secrets.token_hex(16)
        encoded = base64.b64encode(content)
        piece = ImagePiece(side=side, total_bytes=len(content), offset=0, content=encoded)
        progress = await core.identity_images.send_piece(customer_id, sent[side], piece)
        assert progress.taken_in
    return IdentityImages(**sent)


def files_of(attributes: str) -> Mapping[str, tuple[str, bytes, str]] | None:
    """Return both photographs for a form with these attributes, as httpx sends files; None where it takes none."""
    if "multipart/form-data" not in attributes:
        return None
    return {side: (f"{side}.jpg", photograph(side), "image/jpeg") for side in SIDES}


@cache
def photograph_files() -> Mapping[str, Path]:
    """Return a file for each side, for a browser that reads them itself."""
    folder = Path(mkdtemp())
    files = {side: folder / f"{side}.jpg" for side in SIDES}
    for side, file in files.items():
        file.write_bytes(photograph(side))
    return files
