"""Read the blocks of text out of the HTML that typst exports."""

from __future__ import annotations

from html.parser import HTMLParser

from partner_adapters.esign.wire import TextBlock, TextKind

_KINDS: dict[str, TextKind] = {"h2": "part", "h3": "article", "tr": "row"}
_CELLS = ("td", "th")


def read_blocks(html: str) -> list[TextBlock]:
    """Return headings, paragraphs and table rows. No text of the body is left out.

    A paragraph with bold words is `weighty`.
    """
    reader = _Reader()
    reader.feed(html)
    reader.end_block()
    return reader.blocks


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[TextBlock] = []
        self._in_body = False
        self._kind: TextKind = "paragraph"
        self._texts = [""]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "body":
            self._in_body = True
        elif tag in ("p", "div", *_KINDS):
            self.end_block()
            self._kind = _KINDS.get(tag, "paragraph")
        elif tag == "strong" and self._kind == "paragraph":
            self._kind = "weighty"
        elif tag in _CELLS and self._texts[-1].strip():
            self._texts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "div", "body", *_KINDS):
            self.end_block()
            self._in_body = self._in_body and tag != "body"

    def handle_data(self, data: str) -> None:
        if self._in_body:
            self._texts[-1] += data

    def end_block(self) -> None:
        texts = [stripped for text in self._texts if (stripped := text.strip())]
        if texts:
            self.blocks.append(TextBlock(kind=self._kind, texts=texts))
        self._kind, self._texts = "paragraph", [""]
