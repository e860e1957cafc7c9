"""E-sign over its wire, without its cryptography: documents are one page, and it can be told to misbehave.

A signature is a word at the end of the file, which the core of the same bank is made to accept. The core's own
verification is tried against e-sign itself, in `test_lying_esign.py`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import pylopdf_fonts_zh_cn
import typst
from cryptography import x509
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from partner_adapters.esign.signers import BORROWER_FIELD
from partner_adapters.esign.verification import NotVerified, VerifiedSignature
from partner_adapters.esign.wire import (
    Certificate,
    CheckSigner,
    DocumentText,
    Envelope,
    EnvelopeState,
    PrepareEnvelope,
    SealDocument,
    SealedDocument,
    SignEnvelope,
    SignerChecked,
    TextBlock,
)
from partner_adapters.kit.values.amounts_in_words import capitals
from partner_adapters.kit.values.clock import CHINA
from partner_adapters.kit.values.money import fen_to_people
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.rates import rate_percent
from partner_adapters.kit.web.application import service
from partner_adapters.kit.web.json_answers import answer, intent_key, read

if TYPE_CHECKING:
    from tests.support.houses.core import TestBank

_SIGNED = b" signed"
_FIELDS = ("借款人（电子签名）", "（签署后在此显示）", "贷款人（电子印章）", "（签署后在此显示）")
_PAGE = """#set page(width: 600pt, height: 600pt)
#set text(font: "Noto Sans SC", lang: "zh")
#for line in json(bytes(sys.inputs.lines)) [#line \\ ]
"""


def document_of(command: PrepareEnvelope) -> bytes:
    """The PDF that this stand-in prepares."""
    return _page(*(" ".join(block.texts) for block in _blocks(command)), *_FIELDS)


@cache
def _page(*lines: str) -> bytes:
    """A PDF of these lines."""
    fonts = _fonts()
    inputs = {"lines": json.dumps(lines, ensure_ascii=False)}
    pdf = typst.Compiler(
        _PAGE.encode(), font_paths=fonts, ignore_system_fonts=True, sys_inputs=inputs
    ).compile(format="pdf")
    assert isinstance(pdf, bytes)
    return pdf


@cache
def _fonts() -> typst.Fonts:
    folder = str(pylopdf_fonts_zh_cn.serif_path().parent)
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])


def _blocks(command: PrepareEnvelope) -> list[TextBlock]:
    fields, signer = command.fields, command.signer
    limit = f"人民币 {fen_to_people(fields.limit_fen)} 元（大写：{capitals(fields.limit_fen)}）"
    rows = {
        "借款人": signer.name,
        "公民身份号码": signer.id_number,
        "手机号码": signer.phone,
        "贷款人": command.bank.name,
        "最高借款额度": limit,
        "合同利率（年利率，单利）": f"{rate_percent(fields.rate_ppm)}%",
        "放款及还款账户": f"账号 {fields.account_number}",
    }
    fee = fields.draw_fee
    charges = [f"{fee.charge}，由贷款人收取", f"{fee.charge}。提前还款不退"] if fee else []
    return [
        TextBlock(kind="part", texts=["第一部分　借款要素"]),
        TextBlock(kind="paragraph", texts=[f"合同编号：{command.number}"]),
        *(TextBlock(kind="row", texts=[label, value]) for label, value in rows.items()),
        *(TextBlock(kind="row", texts=[fee.name, charge]) for charge in charges if fee),
        TextBlock(kind="paragraph", texts=["1.1　贷款人在额度期间内向借款人提供最高借款额度。"]),
    ]


class ESignStandIn:
    """`signed`: how often it really signed. `tampered`: serve other bytes than those it names.

    `refuses`: what it answers instead of preparing or sealing a document.
    `prepares`: what it prepares in place of what it is asked for. `signs`: what it answers as the signed document.
    `meanwhile`: what happens while it works on its next call.
    """

    def __init__(self) -> None:
        self.prepares: PrepareEnvelope | None = None
        self.signs: bytes | None = None
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        self.reasons: dict[bytes, tuple[str, datetime]] = {}
        self.documents: dict[str, bytes] = {}
        self.envelopes: dict[str, Envelope] = {}
        self.commands: dict[str, PrepareEnvelope] = {}
        self.signed_by: dict[str, str] = {}
        self.signed = 0
        self.tampered = False
        self.refuses: Problem | None = None

    def connect(self, bank: TestBank) -> ESignStandIn:
        """Stand in for this bank's e-sign."""
        bank.wires.connect("esign", self.app())
        bank.core.esign.verify_signed = self.verify_signed  # type: ignore[method-assign]
        return self

    def verify_signed(self, pdf: bytes, *, original: bytes, **_how: Any) -> Mapping[str, VerifiedSignature]:
        """What the core finds in a signed document of this stand-in."""
        if pdf != original + _SIGNED:
            raise NotVerified("it cannot be read")
        reason, signed_at = self.reasons[pdf]
        certificate = cast(x509.Certificate, None)
        return {BORROWER_FIELD: VerifiedSignature(certificate, signed_at, reason)}

    def app(self) -> Starlette:
        return service(
            "esign",
            [
                Route("/envelopes", self.prepare, methods=["POST"]),
                Route("/signer-checks", self.check_signer, methods=["POST"]),
                Route("/envelopes/{id}/document", self.document),
                Route("/envelopes/{id}/text", self.text),
                Route("/envelopes/{id}/signatures", self.sign, methods=["POST"]),
                Route("/sealed-documents", self.seal, methods=["POST"]),
                Route("/sealed-documents/{id}/document", self.document),
                Route("/printed-documents/{template}", self.print_document, methods=["POST"]),
            ],
        )

    async def prepare(self, request: Request) -> Response:
        command, envelope_id = await read(request, PrepareEnvelope), f"envelope-{intent_key(request)}"
        if self.refuses:
            raise self.refuses
        if envelope_id not in self.envelopes:
            self.commands[envelope_id] = command = self.prepares or command
            self._keep(envelope_id, document_of(command), command.number, EnvelopeState.READY)
        await self._happen()
        return answer(self.envelopes[envelope_id], 201)

    async def check_signer(self, request: Request) -> Response:
        await read(request, CheckSigner)
        if self.refuses:
            raise self.refuses
        return answer(SignerChecked())

    async def document(self, request: Request) -> Response:
        content = self.documents[request.path_params["id"]]
        return Response(content + b"!" if self.tampered else content, media_type="application/pdf")

    async def text(self, request: Request) -> Response:
        return answer(DocumentText(blocks=_blocks(self.commands[request.path_params["id"]])))

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

    async def print_document(self, request: Request) -> Response:
        """What is printed is what was asked for. A document is refused once, where `refuses` says so."""
        refuses, self.refuses = self.refuses, None
        if refuses:
            raise refuses
        return Response(await request.body(), media_type="application/pdf")

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
        content = self.signs or self.documents[envelope_id] + _SIGNED
        self.reasons[content] = (f"sha256:{command.evidence_digest}", command.signed_at)
        extra = {"certificate": certificate, "signed_at": command.signed_at, "verified": True}
        self._keep(envelope_id, content, kept.number, EnvelopeState.SIGNED, **extra)
        await self._happen()
        return answer(self.envelopes[envelope_id])

    async def _happen(self) -> None:
        happens, self.meanwhile = self.meanwhile, None
        if happens is not None:
            await happens()

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
