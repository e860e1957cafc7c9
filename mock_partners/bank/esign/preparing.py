"""Prepare a contract: the document to read and sign, the same as text, and a trial of the borrower's certificate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mock_partners.bank.esign.authority import Authority
from mock_partners.bank.esign.contract import template_data
from mock_partners.bank.esign.pdf import with_signature_fields
from mock_partners.bank.esign.rendering import Renderer
from partner_adapters.esign.wire import PrepareEnvelope, TextBlock


@dataclass(frozen=True)
class PreparedDocument:
    pdf: bytes
    text: list[TextBlock]


def prepare(
    command: PrepareEnvelope, authority: Authority, renderer: Renderer, now: datetime
) -> PreparedDocument:
    """Render the document at business time `now`. This is CPU work: call it in a thread.

    Raises Problem 422 `esign.missing_glyph` or `esign.not_certifiable` where signing would fail later.
    """
    signer, data = command.signer, template_data(command, now.date())
    rendered = renderer.render(command.template, data, now)
    text = renderer.read(command.template, data)
    # A trial, dropped with its key: no borrower is asked to confirm what could not be signed.
    authority.event_credential(signer.name, signer.id_number, command.number, now)
    return PreparedDocument(with_signature_fields(rendered.pdf, rendered.marks), text)
