"""E-sign over its wire, without its cryptography: documents are short texts, and it can be told to misbehave."""

import hashlib
from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from partner_adapters.esign.wire import (
    Certificate,
    DocumentText,
    Envelope,
    EnvelopeState,
    PrepareEnvelope,
    SealDocument,
    SealedDocument,
    SignEnvelope,
    TextBlock,
)
from partner_adapters.kit.values.clock import CHINA
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.application import service
from partner_adapters.kit.web.json_answers import answer, intent_key, read


class ESignStandIn:
    """`signed`: how often it really signed. `tampered`: serve other bytes than those it names.

    `refuses`: what it answers instead of preparing or sealing a document.
    """

    def __init__(self) -> None:
        self.documents: dict[str, bytes] = {}
        self.envelopes: dict[str, Envelope] = {}
        self.commands: dict[str, PrepareEnvelope] = {}
        self.signed_by: dict[str, str] = {}
        self.signed = 0
        self.tampered = False
        self.refuses: Problem | None = None

    def app(self) -> Starlette:
        return service(
            "esign",
            [
                Route("/envelopes", self.prepare, methods=["POST"]),
                Route("/envelopes/{id}/document", self.document),
                Route("/envelopes/{id}/text", self.text),
                Route("/envelopes/{id}/signatures", self.sign, methods=["POST"]),
                Route("/sealed-documents", self.seal, methods=["POST"]),
                Route("/sealed-documents/{id}/document", self.document),
            ],
        )

    async def prepare(self, request: Request) -> Response:
        command, envelope_id = await read(request, PrepareEnvelope), f"envelope-{intent_key(request)}"
        if self.refuses:
            raise self.refuses
        if envelope_id not in self.envelopes:
            self.commands[envelope_id] = command
            self._keep(envelope_id, command.model_dump_json().encode(), command.number, EnvelopeState.READY)
        return answer(self.envelopes[envelope_id], 201)

    async def document(self, request: Request) -> Response:
        content = self.documents[request.path_params["id"]]
        return Response(content + b"!" if self.tampered else content, media_type="application/pdf")

    async def text(self, request: Request) -> Response:
        command = self.commands[request.path_params["id"]]
        blocks = [
            TextBlock(kind="part", texts=["第一部分　借款要素"]),
            TextBlock(kind="row", texts=["居民身份证号码", command.signer.id_number]),
            TextBlock(kind="row", texts=["手机号码", command.signer.phone]),
            TextBlock(kind="paragraph", texts=["1.1　贷款人在额度期间内向借款人提供最高借款额度。"]),
        ]
        return answer(DocumentText(blocks=blocks))

    async def seal(self, request: Request) -> Response:
        command = await read(request, SealDocument)
        if self.refuses:
            raise self.refuses
        document_id = f"sealed-{command.number}"
        content = self.documents.setdefault(document_id, command.model_dump_json().encode())
        sealed = SealedDocument(
            document_id=document_id,
            number=command.number,
            document_sha256=hashlib.sha256(content).hexdigest(),
            sealed_at=datetime(2026, 11, 24, tzinfo=CHINA),
        )
        return answer(sealed, 201)

    async def sign(self, request: Request) -> Response:
        envelope_id, intent = request.path_params["id"], intent_key(request)
        command, kept = await read(request, SignEnvelope), self.envelopes[envelope_id]
        if self.signed_by.get(envelope_id) == intent:
            return answer(kept)
        if envelope_id in self.signed_by:
            raise Problem(409, "envelope.already_signed")
        if command.document_sha256 != kept.document_sha256:
            raise Problem(409, "envelope.document_changed")
        self.signed += 1
        self.signed_by[envelope_id] = intent
        certificate = Certificate(
            subject="CN=borrower",
            issuer="CN=authority",
            serial="0a",
            valid_from=command.signed_at,
            valid_until=command.signed_at,
        )
        content = self.documents[envelope_id] + b" signed"
        extra = {"certificate": certificate, "signed_at": command.signed_at, "verified": True}
        self._keep(envelope_id, content, kept.number, EnvelopeState.SIGNED, **extra)
        return answer(self.envelopes[envelope_id])

    def _keep(
        self, envelope_id: str, content: bytes, number: str, state: EnvelopeState, **extra: Any | datetime
    ) -> None:
        self.documents[envelope_id] = content
        self.envelopes[envelope_id] = Envelope(
            envelope_id=envelope_id,
            number=number,
            state=state,
            document_sha256=hashlib.sha256(content).hexdigest(),
            pages=1,
            **extra,
        )
