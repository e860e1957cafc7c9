"""Photographs that the tests' people send, drawn when they are needed: no real document is among them."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image, ImageDraw


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
