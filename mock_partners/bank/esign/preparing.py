"""Prepare a contract: the document to read and sign, the same as text, and a trial of the borrower's certificate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mock_partners.bank.esign.authority import Authority
from mock_partners.bank.esign.contract import template_data
from mock_partners.bank.esign.pdf import with_signature_fields
from mock_partners.bank.esign.rendering import Renderer
from partner_adapters.esign.wire import PrepareEnvelope, Signer, TextBlock
from partner_adapters.kit.values.problems import Problem


@dataclass(frozen=True)
class PreparedDocument:
    pdf: bytes
    text: list[TextBlock]


# In place of a contract's number in a certificate that is made for trial and dropped.
TRIAL = "trial"


def try_signer(signer: Signer, authority: Authority, renderer: Renderer, now: datetime) -> None:
    """Draw the name and address of a borrower, and make a certificate for the name. Nothing is kept.

    Raises Problem 422 `esign.missing_glyph` or `esign.not_certifiable`. This is CPU work: call it in a thread.
    """
    try:
        renderer.render("signer", {"name": signer.name, "address": signer.address}, now)
    except Problem as problem:
        # The fields as a contract names them.
        errors = [error.model_copy(update={"field": f"signer.{error.field}"}) for error in problem.errors]
        raise Problem(
            problem.status, problem.code, problem.detail, params=problem.params, errors=errors
        ) from None
    authority.event_credential(signer.name, signer.id_number, TRIAL, now)


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
