"""The typed client of the e-contract signing party."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from cryptography import x509
from pydantic import SecretStr

from partner_adapters.esign.verification import VerifiedSignature, verify
from partner_adapters.esign.wire import (
    CheckSigner,
    DocumentText,
    Envelope,
    PrepareEnvelope,
    PrintDocument,
    SealDocument,
    SealedDocument,
    SignEnvelope,
    Signer,
    SignerChecked,
)
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.basic_auth import basic
from partner_adapters.kit.web.calls.http_client import HttpClient
from partner_adapters.kit.web.calls.json_client import JsonClient, segment

# Characters that a note about a refused document names. Its writer wants to see them, not to read on.
MOST_NAMED = 20


def unprintable_characters(problem: Problem) -> str | None:
    """Return the characters of a person's name or address for which e-sign refused a document, such as `龦 U+9FA6`.

    Empty if no single character is the reason. None if the reason is not the person's name or address.
    """
    if problem.code not in ("esign.missing_glyph", "esign.not_certifiable"):
        return None
    errors = [error for error in problem.errors if error.field.startswith(("signer.", "holder."))]
    if not errors:
        return None
    codes = dict.fromkeys(str(error.params["character"]) for error in errors if error.params)
    return "、".join(f"{chr(int(code[2:], 16))} {code}" for code in list(codes)[:MOST_NAMED])


class ESign:
    """Calls to the signing party for any member bank. They raise the errors that `kit.web.calls.json_client` lists, and
    Problem 401 `access.unknown_caller` for a wrong secret.

    Every call may be repeated with the same key.
    """

    def __init__(self, http: HttpClient, base_url: str, secrets: Mapping[str, SecretStr]) -> None:
        """`secrets`: bank id → the secret by which the bank calls."""
        self._calls = JsonClient(http, base_url)
        self._secrets = secrets

    async def prepare(self, bank_id: str, command: PrepareEnvelope, contract_id: str) -> Envelope:
        """Render the document and return its envelope, in state `ready`.

        The same `contract_id` returns the same envelope.

        Problems 422 `esign.missing_glyph` (the fonts lack a character), `esign.not_certifiable` (no certificate can
        name the person), `esign.contradiction` (parts of the request do not agree), `intent.reused`. The errors of the
        first two name each field and character, those of the third each field and what is wrong.
        """
        headers = self._as(bank_id)
        return await self._calls.post("/envelopes", command, Envelope, intent=contract_id, headers=headers)

    async def check_signer(self, bank_id: str, signer: Signer) -> None:
        """Make name, address and certificate of a borrower for trial. Nothing is stored.

        Problems 422 `esign.missing_glyph` and `esign.not_certifiable`, as those of `prepare`.
        """
        await self._calls.ask(
            "/signer-checks", CheckSigner(signer=signer), SignerChecked, headers=self._as(bank_id)
        )

    async def get(self, bank_id: str, envelope_id: str) -> Envelope:
        """Return an envelope. Problem 404 `envelope.unknown`."""
        return await self._calls.get(
            f"/envelopes/{segment(envelope_id)}", Envelope, headers=self._as(bank_id)
        )

    async def document(self, bank_id: str, envelope_id: str) -> bytes:
        """Return the current PDF. The caller must compare its SHA-256 with that of the envelope."""
        return await self._calls.get_bytes(
            f"/envelopes/{segment(envelope_id)}/document", headers=self._as(bank_id)
        )

    async def text(self, bank_id: str, envelope_id: str) -> DocumentText:
        """Return the document as text. Problem 404 `envelope.unknown`, also for one prepared before texts were kept."""
        return await self._calls.get(
            f"/envelopes/{segment(envelope_id)}/text", DocumentText, headers=self._as(bank_id)
        )

    async def sign(self, bank_id: str, envelope_id: str, command: SignEnvelope, intent: str) -> Envelope:
        """Add the borrower's signature and the bank's seal. Return the envelope, in state `signed`.

        Its `document_sha256` is then that of the signed document. Problems 409 `envelope.document_changed` (not the
        current document), `envelope.already_signed` (with another intent). Problems 422 `signature.in_future`,
        `signature.before_document`, 404 `envelope.unknown`.
        """
        return await self._calls.post(
            f"/envelopes/{segment(envelope_id)}/signatures",
            command,
            Envelope,
            intent=intent,
            headers=self._as(bank_id),
        )

    def verify_signed(
        self,
        pdf: bytes,
        *,
        original: bytes,
        root: x509.Certificate,
        signers: Mapping[str, x509.Name],
        at: datetime,
    ) -> Mapping[str, VerifiedSignature]:
        """Return the signatures of a PDF that the party answered, as `verification.verify` does. No call is made."""
        return verify(pdf, original=original, root=root, signers=signers, at=at)

    async def seal(self, bank_id: str, command: SealDocument) -> SealedDocument:
        """Render a document and seal it for the bank. The same number returns the same document.

        Problems 422 `esign.missing_glyph`, `esign.no_seal`, `esign.contradiction`, `intent.reused` (the number with
        other content).
        """
        return await self._calls.post(
            "/sealed-documents",
            command,
            SealedDocument,
            intent=f"sealed-{command.number}",
            headers=self._as(bank_id),
        )

    async def sealed_document(self, bank_id: str, document_id: str) -> bytes:
        """Return the sealed PDF. The caller must compare its SHA-256. Problem 404 `document.unknown`."""
        return await self._calls.get_bytes(
            f"/sealed-documents/{segment(document_id)}/document", headers=self._as(bank_id)
        )

    async def print_document(self, bank_id: str, command: PrintDocument) -> bytes:
        """Render a document without a seal and return the PDF. Nothing is stored.

        Problems 422 `esign.missing_glyph`, `esign.contradiction`.
        """
        return await self._calls.ask_bytes(
            f"/printed-documents/{command.template}", command, headers=self._as(bank_id)
        )

    def _as(self, bank_id: str) -> dict[str, str]:
        return {"Authorization": basic(bank_id, self._secrets[bank_id].get_secret_value())}
