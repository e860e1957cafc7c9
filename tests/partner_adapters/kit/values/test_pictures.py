"""What customers send as a photograph of their identity card, and what may hide in it."""

import base64
import io
import re
import struct
import zlib

import pytest
from PIL import Image, ImageDraw

from partner_adapters.kit.values.pictures import PictureBounds, Unreadable, read_picture
from tests.support.people.photographs import photograph

RED, BLUE = (200, 20, 20), (20, 20, 200)
# The encoder needs seconds, so this is the result for `_two_halves`.
HEIF = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAVhtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA"
    "ACJpbG9jAAAAAERAAAEAAQAAAAABfAABAAAAAAAAAMAAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRt"
    "AAAAAAABAAAA2GlwcnAAAAC5aXBjbwAAAHpodmNDAQNwAAAAkAAAAAAAWvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMA"
    "AAMAWroCQGEAAQAtQgEBA3AAAAMAkAAAAwAAAwBaoAZCAfn3lupJKa5uAhoMCAAAAwDIAAADAAhAYgABAAdEAcFysGJAAAAAE2Nv"
    "bHJuY2x4AAEADQAGgAAAABRpc3BlAAAAAAAAAyAAAAH0AAAAEHBpeGkAAAAAAwgICAAAABdpcG1hAAAAAAAAAAEAAQSBAgMEAAAA"
    "yG1kYXQAAAC8KAGvGRBrkDzTTC73fIU3//jjJ/2ZK/47BXis/yxso86gHCF6T/a///2ih3pux/fUgi4QAAADAAAroKa3OoB6hWjy"
    "ACnjAAADAAK6kwWo4AAAAwBbnAAAAwBRQIcAAAMAAAMBEegAAAQ8AAADAAADAEZGAAADAqYAAAMAAARqAAADADhgAAADAAAUegAA"
    "AwGFAAADAAADAAADAAADAAADAAADAAADAAA9SMAAAAMAAAMAAAMAAAMAAAMAAqY="
)


def _two_halves(kind: str, size: tuple[int, int] = (800, 500), **options: object) -> bytes:
    """Return a picture whose left half is red and whose right half is blue."""
    if kind == "HEIF":
        return HEIF
    image = Image.new("RGB", size, RED)
    ImageDraw.Draw(image).rectangle((size[0] // 2, 0, *size), fill=BLUE)
    written = io.BytesIO()
    image.save(written, kind, **options)  # type: ignore[arg-type]
    return written.getvalue()


def _is_red(colour: object) -> bool:
    assert isinstance(colour, tuple)
    return colour[0] > 150 and colour[2] < 90


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_what_phones_make_becomes_a_jpeg(kind: str) -> None:
    picture = read_picture(_two_halves(kind))
    again = Image.open(io.BytesIO(picture.jpeg))
    assert (again.format, again.size, (picture.width, picture.height)) == ("JPEG", (800, 500), (800, 500))
    assert _is_red(again.getpixel((100, 250)))
    assert not _is_red(again.getpixel((700, 250)))


def test_a_photograph_stands_upright_and_says_nothing_of_place_and_device() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the phone turned: red belongs on top
    exif[0x010F] = "the maker of the phone"
    exif.get_ifd(0x8825)[1] = "N"
    picture = read_picture(_two_halves("JPEG", exif=exif, comment=b"a remark") + b"<script>hidden</script>")
    again = Image.open(io.BytesIO(picture.jpeg))
    assert again.size == (500, 800)
    assert _is_red(again.getpixel((250, 100)))
    assert not again.getexif()
    assert not re.search(rb"Exif|maker|remark|script", picture.jpeg)


def test_a_large_photograph_is_scaled_down_and_a_transparent_one_gets_paper() -> None:
    picture = read_picture(photograph(size=(2400, 1800)))
    assert (picture.width, picture.height) == (2000, 1500)
    written = io.BytesIO()
    Image.new("RGBA", (800, 500), (0, 0, 0, 0)).save(written, "PNG")
    again = Image.open(io.BytesIO(read_picture(written.getvalue()).jpeg))
    assert again.getpixel((400, 250)) == (255, 255, 255)


def _bomb() -> bytes:
    """Return a PNG of a few hundred bytes whose head names 30,000 × 30,000 pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def _animation() -> bytes:
    frames = [Image.new("RGB", (640, 400), (12 * shade, 255 - 12 * shade, 0)) for shade in range(20)]
    written = io.BytesIO()
    frames[0].save(written, "WEBP", save_all=True, append_images=frames[1:])
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "picture.not_a_picture"),
        (b"%PDF-1.7 " + b"x" * 2000, "picture.not_a_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "picture.not_a_picture"),
        (photograph()[: len(photograph()) // 2], "picture.cut_off"),
        (_two_halves("PNG")[:-300], "picture.cut_off"),
        (_two_halves("HEIF")[:-300], "picture.cut_off"),
        (b"\xff\xd8\xff\xe0" + b"x" * 500, "picture.cut_off"),
        (_two_halves("JPEG", (320, 200)), "picture.too_small"),
        (_bomb(), "picture.too_many_pixels"),
        (_animation(), "picture.animated"),
    ],
)
def test_what_is_no_readable_photograph_is_refused_for_its_reason(content: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_picture(content)
    assert refused.value.code == code


def test_bounds_count_before_anything_is_decoded() -> None:
    for bounds, code in (
        (PictureBounds(most_bytes=1000), "picture.too_big"),
        (PictureBounds(most_pixels=1000), "picture.too_many_pixels"),
    ):
        with pytest.raises(Unreadable) as refused:
            read_picture(photograph(), bounds)
        assert refused.value.code == code
