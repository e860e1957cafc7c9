"""The process that draws the pages of one PDF: from standard input to standard output, with bounds set before it reads.

Each page is written as three numbers (size, width, height) and its JPEG. The exit status says why a PDF is not taken.
"""

from __future__ import annotations

import io
import resource
import struct
import sys

ENCRYPTED, TOO_MANY, UNREADABLE = 3, 4, 5
# A page of any size on paper becomes a picture of one size, so no page can ask for more memory.
EDGE = 1600
QUALITY = 80


def main(most_pages: int, memory_bytes: int, seconds: int) -> int:
    """Draw at most `most_pages` pages. Return the exit status."""
    bounds = {
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: 0,  # no file is written
    }
    for kind, bound in bounds.items():
        resource.setrlimit(kind, (bound, bound))
    # Only now: what these libraries need counts towards the bounds.
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(sys.stdin.buffer.read())
    except pypdfium2.PdfiumError as error:
        return ENCRYPTED if "assword" in str(error) else UNREADABLE
    if len(document) > most_pages:
        return TOO_MANY
    for page in document:
        width, height = page.get_size()
        longer, shorter = max(width, height), min(width, height)
        if shorter <= 0 or shorter * EDGE < longer:
            return UNREADABLE
        picture = page.render(scale=EDGE / longer, may_draw_forms=False).to_pil().convert("RGB")
        written = io.BytesIO()
        picture.save(written, "JPEG", quality=QUALITY)
        content = written.getvalue()
        sys.stdout.buffer.write(struct.pack(">III", len(content), *picture.size) + content)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
