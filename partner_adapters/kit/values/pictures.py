"""Photographs that customers send: recognised by their first bytes, decoded within bounds, and written anew.

Only pixels survive. Place, time and device, which phones write into a photograph, are gone. So is a document of another
kind that hides in the same file.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pillow_heif
from PIL import Image, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

# Importing a plugin lets pillow open its format.
PLUGINS = (JpegImagePlugin, PngImagePlugin, WebPImagePlugin)
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


@dataclass(frozen=True)
class PictureBounds:
    """What is taken, and how it is written anew."""

    most_bytes: int = 10 * 1024 * 1024
    # Before anything is decoded, by the size that the file's head names. 50 million need 150 MB while they are decoded.
    most_pixels: int = 50_000_000
    # Phones store a few views of one photograph in a file. An animation has many more.
    most_frames: int = 8
    # Below this the small print of an identity card cannot be read.
    least_edges: tuple[int, int] = (640, 400)
    # A longer edge is scaled down to this.
    most_edge: int = 2000
    jpeg_quality: int = 85


@dataclass(frozen=True)
class Picture:
    """A photograph as JPEG without metadata, upright."""

    jpeg: bytes
    width: int
    height: int


@dataclass
class Unreadable(Exception):
    """The bytes are no photograph that is taken. `code`: `picture.too_big`, `.not_a_picture`, `.too_many_pixels`,
    `.animated`, `.too_small` or `.cut_off`.
    """

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


BOUNDS = PictureBounds()


def read_picture(content: bytes, bounds: PictureBounds = BOUNDS) -> Picture:
    """Return the photograph in `content`: JPEG, PNG, WebP or HEIF. Raises `Unreadable`.

    It takes up to a second and 150 MB, so run it by `kit/web/side_work.py`.
    """
    if len(content) > bounds.most_bytes:
        raise Unreadable("picture.too_big", {"max_mb": bounds.most_bytes // (1024 * 1024)})
    kind = _kind_of(content)
    if kind is None:
        raise Unreadable("picture.not_a_picture")
    try:
        return _decode(content, kind, bounds)
    except Unreadable:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Unreadable("picture.too_many_pixels", _millions(bounds)) from None
    except Exception:
        # Decoders raise many kinds of errors. The head was right, so what follows is cut off or damaged.
        raise Unreadable("picture.cut_off") from None


def _kind_of(content: bytes) -> str | None:
    """Return pillow's name of the format that the first bytes show, or None."""
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS:
        return "HEIF"
    return None


def _decode(content: bytes, kind: str, bounds: PictureBounds) -> Picture:
    if kind == "HEIF":
        _open_heif()
    # Only the format that the first bytes show is tried.
    with Image.open(io.BytesIO(content), formats=(kind,)) as image:
        width, height = image.size
        if width * height > bounds.most_pixels:
            raise Unreadable("picture.too_many_pixels", _millions(bounds))
        if getattr(image, "n_frames", 1) > bounds.most_frames:
            raise Unreadable("picture.animated")
        longer, shorter = bounds.least_edges
        if max(width, height) < longer or min(width, height) < shorter:
            raise Unreadable("picture.too_small", {"longer": longer, "shorter": shorter})
        # A JPEG can be decoded at a half or a quarter of its size, which saves most of the memory.
        image.draft("RGB", (bounds.most_edge, bounds.most_edge))
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((bounds.most_edge, bounds.most_edge))
        written = io.BytesIO()
        flat = _flatten(upright)
        flat.save(written, "JPEG", quality=bounds.jpeg_quality)
        return Picture(written.getvalue(), *flat.size)


def _flatten(image: Image.Image) -> Image.Image:
    """Return the pixels alone, on white where they are transparent, without the file's metadata."""
    flat = Image.new("RGB", image.size, "white")
    if image.has_transparency_data:
        transparent = image.convert("RGBA")
        flat.paste(transparent, mask=transparent)
    else:
        flat.paste(image.convert("RGB"))
    return flat


@cache
def _open_heif() -> None:
    """Let pillow open HEIF, the usual format of iPhones. Pixels only: no thumbnails and no depth images."""
    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False)


def _millions(bounds: PictureBounds) -> Mapping[str, int]:
    return {"max_millions": bounds.most_pixels // 1_000_000}
