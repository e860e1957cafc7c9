"""Write PDF files with pyHanko, without the machine's clock and within PDF/A."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from io import BytesIO

from pyhanko.pdf_utils.content import PdfContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign.fields import (
    FieldMDPAction,
    FieldMDPSpec,
    MDPPerm,
    SigFieldSpec,
    append_signature_field,
    enumerate_sig_fields,
)

from mock_partners.bank.esign.rendering import FieldMark
from partner_adapters.esign.signers import BANK_FIELD


class Writer(IncrementalPdfFileWriter):
    """Appends to a document. Metadata stay as rendered, because pyHanko would insert the machine's time."""

    def __init__(self, pdf: bytes) -> None:
        super().__init__(BytesIO(pdf))

    def _update_meta(self) -> None:
        return

    def appended(self) -> bytes:
        """Return the document with the additions."""
        output = BytesIO()
        self.write(output)  # type: ignore[no-untyped-call]
        return output.getvalue()


class PageAsStamp(PdfContent):
    """Draws the first page of another PDF as the appearance of a signature."""

    def __init__(self, pdf: bytes) -> None:
        super().__init__()
        self._pdf = pdf

    def render(self) -> bytes:
        writer = self.writer
        assert isinstance(writer, BasePdfFileWriter)
        page = writer.import_page_as_xobject(PdfFileReader(BytesIO(self._pdf)))
        self.resources.xobject["/Stamp"] = page
        left, bottom, right, top = page.get_object()["/BBox"]
        self.box = BoxConstraints(width=right - left, height=top - bottom)
        return b"/Stamp Do"


def with_signature_fields(pdf: bytes, marks: Iterable[FieldMark]) -> bytes:
    """Return the document with an empty signature field on each mark. After the bank's signature nothing may
    change.
    """
    writer = Writer(pdf)
    for mark in marks:
        last = mark.name == BANK_FIELD
        append_signature_field(
            writer,
            SigFieldSpec(
                sig_field_name=mark.name,
                on_page=mark.page - 1,
                box=mark.box,  # type: ignore[arg-type] # fractions of a point are fine
                field_mdp_spec=FieldMDPSpec(FieldMDPAction.ALL) if last else None,
                doc_mdp_update_value=MDPPerm.NO_CHANGES if last else None,
            ),
        )
    return writer.appended()


def field_size(writer: Writer, name: str) -> tuple[float, float]:
    """Return width and height, in points, of the signature field with this name."""
    ((_, _, field),) = enumerate_sig_fields(writer, with_name=name)
    left, bottom, right, top = (float(side) for side in field.get_object()["/Rect"])
    return right - left, top - bottom


def page_count(pdf: bytes) -> int:
    return int(PdfFileReader(BytesIO(pdf)).root["/Pages"]["/Count"])


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
