"""The bank's e-contract signing system. It renders contracts from templates and signs them with its own
authority.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TypeVar
from weakref import WeakValueDictionary

from sqlalchemy import Connection
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from mock_partners.bank.esign import consistency, envelopes, printed_documents, sealed_documents
from mock_partners.bank.esign.access import calling_bank
from mock_partners.bank.esign.authority import Authority
from mock_partners.bank.esign.certificates import certificate_pem
from mock_partners.bank.esign.pdf import with_signature_fields
from mock_partners.bank.esign.preparing import prepare, try_signer
from mock_partners.bank.esign.rendering import Renderer
from mock_partners.bank.esign.settings import ESignSettings
from mock_partners.bank.esign.signing import Will, seal, sign
from mock_partners.bank.esign.tables import idempotency, metadata
from partner_adapters.esign.wire import (
    CheckSigner,
    EnvelopeState,
    Lender,
    PrepareEnvelope,
    PrintDocument,
    PrintReceipt,
    PrintStatement,
    SealDocument,
    SignEnvelope,
    SignerChecked,
)
from partner_adapters.kit.durable.idempotency import Answer, fingerprint, once
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.durable.writable import database_checks
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.values.problems import Problem, invalid
from partner_adapters.kit.values.wire import content_to_hash
from partner_adapters.kit.web.application import service
from partner_adapters.kit.web.json_answers import answer, intent_key, read
from partner_adapters.kit.web.parties import Parties

# Threads that render and sign. Signing is Python and holds the interpreter: more would only queue elsewhere.
WORKERS = 2
CLOCK_SKEW = timedelta(minutes=5)
T = TypeVar("T")
Effect = Callable[[Connection], Answer]


class ESignApp:
    """The endpoints of the signing system over its store."""

    def __init__(self, settings: ESignSettings, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._authority = Authority(settings.authority)
        self._secrets = settings.secrets
        self._renderer = Renderer()
        self._workers = ThreadPoolExecutor(WORKERS, "esign")
        self._under_way: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    def routes(self) -> list[Route]:
        return [
            Route("/root.pem", self._root),
            Route("/envelopes", self._prepare, methods=["POST"]),
            Route("/envelopes/{envelope_id}", self._get),
            Route("/envelopes/{envelope_id}/document", self._document),
            Route("/envelopes/{envelope_id}/text", self._text),
            Route("/envelopes/{envelope_id}/signatures", self._sign, methods=["POST"]),
            Route("/signer-checks", self._check_signer, methods=["POST"]),
            Route("/sealed-documents", self._seal, methods=["POST"]),
            Route("/sealed-documents/{document_id}/document", self._sealed_document),
            Route("/printed-documents/statement", self._print_statement, methods=["POST"]),
            Route("/printed-documents/receipt", self._print_receipt, methods=["POST"]),
        ]

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        await self._store.write(lambda conn: metadata.create_all(conn))
        yield
        self._workers.shutdown()

    def _bank(self, request: Request) -> str:
        return calling_bank(request, self._secrets)

    async def _prepare(self, request: Request) -> Response:
        bank_id, key = self._bank(request), intent_key(request)
        command = await read(request, PrepareEnvelope)

        async def render() -> Effect:
            self._require_seal(bank_id, command.bank)
            now = self._clock.now()
            consistency.require_consistent(consistency.CONTRACT, command, now.date())
            prepared = await self._work(lambda: prepare(command, self._authority, self._renderer, now))
            return lambda conn: envelopes.add(conn, bank_id, command, prepared, now)

        print_ = fingerprint("prepare", content_to_hash(command))
        return await self._once(bank_id, key, print_, render, "PrepareEnvelope")

    def _require_seal(self, bank_id: str, bank: Lender) -> None:
        if bank.name != self._authority.seal_names.get(bank_id):
            raise invalid("bank.name", "esign.no_seal", "the bank that calls has no seal with this name")

    async def _check_signer(self, request: Request) -> Response:
        self._bank(request)
        command = await read(request, CheckSigner)
        now = self._clock.now()
        await self._work(lambda: try_signer(command.signer, self._authority, self._renderer, now))
        return answer(SignerChecked())

    async def _seal(self, request: Request) -> Response:
        bank_id, key = self._bank(request), intent_key(request)
        command = await read(request, SealDocument)

        async def sealed() -> Effect:
            self._require_seal(bank_id, command.bank)
            now = self._clock.now()
            consistency.require_consistent(consistency.SEALED, command, now.date())
            pdf = await self._work(lambda: self._sealed(command, bank_id, now))
            return lambda conn: sealed_documents.add(conn, bank_id, command, pdf, now)

        print_ = fingerprint("seal", content_to_hash(command))
        return await self._once(bank_id, key, print_, sealed, "SealDocument")

    def _sealed(self, command: SealDocument, bank_id: str, now: datetime) -> bytes:
        rendered = self._renderer.render(command.template, sealed_documents.template_data(command), now)
        unsealed = with_signature_fields(rendered.pdf, rendered.marks)
        return seal(unsealed, bank_id, self._authority, self._renderer, now)

    async def _sealed_document(self, request: Request) -> Response:
        bank_id, document_id = self._bank(request), request.path_params["document_id"]
        content = await self._store.read(lambda conn: sealed_documents.find(conn, bank_id, document_id))
        return Response(content, media_type="application/pdf", headers={"Cache-Control": "no-store"})

    async def _print_statement(self, request: Request) -> Response:
        bank_id = self._bank(request)
        return await self._printed(bank_id, await read(request, PrintStatement))

    async def _print_receipt(self, request: Request) -> Response:
        bank_id = self._bank(request)
        return await self._printed(bank_id, await read(request, PrintReceipt))

    async def _printed(self, bank_id: str, command: PrintDocument) -> Response:
        """Answer a document without a seal. It is stored nowhere, so asking again makes it again."""
        self._require_seal(bank_id, command.bank)
        now = self._clock.now()
        printed_documents.require_consistent(command)
        data = printed_documents.template_data(command, now)
        rendered = await self._work(lambda: self._renderer.render(command.template, data, now))
        headers = {"Cache-Control": "no-store"}
        return Response(rendered.pdf, media_type="application/pdf", headers=headers)

    async def _root(self, _request: Request) -> Response:
        return PlainTextResponse(certificate_pem(self._authority.root), media_type="application/x-pem-file")

    async def _get(self, request: Request) -> Response:
        return answer((await self._kept(request)).envelope)

    async def _document(self, request: Request) -> Response:
        kept = await self._kept(request)
        return Response(kept.content, media_type="application/pdf", headers={"Cache-Control": "no-store"})

    async def _text(self, request: Request) -> Response:
        bank_id, envelope_id = self._bank(request), request.path_params["envelope_id"]
        return answer(await self._store.read(lambda conn: envelopes.read_text(conn, bank_id, envelope_id)))

    async def _sign(self, request: Request) -> Response:
        bank_id, intent = self._bank(request), intent_key(request)
        envelope_id = request.path_params["envelope_id"]
        command = await read(request, SignEnvelope)

        async def signed() -> Effect:
            kept = await self._kept(request)
            envelopes.require(kept.envelope.state, EnvelopeState.SIGNED)
            if command.document_sha256 != kept.envelope.document_sha256:
                raise Problem(
                    409, "envelope.document_changed", "those are not the bytes that would be signed"
                )
            now = self._clock.now()
            if command.signed_at > now + CLOCK_SKEW:
                raise invalid("signed_at", "signature.in_future")
            if command.signed_at < kept.prepared_at - CLOCK_SKEW:
                raise invalid("signed_at", "signature.before_document")
            will = Will(
                bank_id, kept.envelope.number, kept.signer, command.signed_at, command.evidence_digest
            )
            done = await self._work(lambda: sign(kept.content, will, self._authority, self._renderer, now))
            return lambda conn: envelopes.mark_signed(conn, bank_id, envelope_id, command, done, now)

        print_ = fingerprint("sign", envelope_id, content_to_hash(command))
        # One signing at a time for an envelope: a repetition that arrives meanwhile waits for the first's answer.
        # Across processes the database decides; a signed file that came second is dropped, its key long gone.
        lock = self._under_way.setdefault((bank_id, envelope_id), asyncio.Lock())
        async with lock:
            return await self._once(bank_id, intent, print_, signed, "SignEnvelope")

    async def _kept(self, request: Request) -> envelopes.Kept:
        bank_id, envelope_id = self._bank(request), request.path_params["envelope_id"]
        return await self._store.read(lambda conn: envelopes.find(conn, bank_id, envelope_id))

    async def _once(
        self, bank_id: str, key: str, print_: str, work: Callable[[], Awaitable[Effect]], name: str
    ) -> Response:
        """Return the stored answer of this key. Without one, store what `work` prepares, which runs outside
        any transaction.
        """
        now = self._clock.now()

        def attempt(conn: Connection, effect: Callable[[], Answer]) -> Answer:
            return once(conn, idempotency, bank_id=bank_id, key=key, print_=print_, now=now, effect=effect)

        try:
            given = await self._store.read(lambda conn: attempt(conn, _not_yet))
        except _NotYet:
            effect = await work()
            given = await self._store.write(lambda conn: attempt(conn, lambda: effect(conn)), name)
        return JSONResponse(given.body, given.status)

    async def _work(self, task: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._workers, task)


class _NotYet(Exception):
    """No answer is stored under this key."""


def _not_yet() -> Answer:
    raise _NotYet


def create_app(settings: ESignSettings, store: Store, clock: Clock, _parties: Parties) -> Starlette:
    party = ESignApp(settings, store, clock)
    return service("esign", party.routes(), party.lifespan, checks=database_checks(store))
