"""Read what stands on the pages of a document: the words that a person reads, whatever e-sign says about them."""

from __future__ import annotations

import logging
import re
from io import BytesIO

from pypdf import PdfReader

# Its warnings quote the document. What cannot be read is said by `Unreadable`.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)
# A contract has six pages. More would cost seconds of processor time.
MAX_PAGES = 40


class Unreadable(Exception):
    """The pages cannot be read as text."""


def read_lines(pdf: bytes) -> list[str]:
    """Return the lines of all pages in reading order, without white space. Raises `Unreadable`."""
    try:
        reader = PdfReader(BytesIO(pdf))
        if len(reader.pages) > MAX_PAGES:
            raise Unreadable(f"{len(reader.pages)} pages")
        lines = [squeezed(line) for page in reader.pages for line in page.extract_text().splitlines()]
    except Unreadable:
        raise
    except Exception as error:
        # A broken file breaks the reader in many ways; none of them is a document that can be read.
        raise Unreadable(type(error).__name__) from error
    return [line for line in lines if line]


def squeezed(text: str) -> str:
    """Return the text without white space, which a page breaks and stretches as its layout needs."""
    return re.sub(r"\s", "", text)
