"""The card network: bank cards of all issuers, the four-element check, and transfers with a signed notice."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta

from joserfc import jws
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mock_partners.outside.card_network import bins, cards, transfers
from mock_partners.outside.card_network.deviations import ANSWER, FILE, LATE_S, NOTICE, Deviations
from mock_partners.outside.card_network.settings import CardNetworkSettings
from mock_partners.outside.card_network.tables import metadata, outbox
from partner_adapters.card_network.wire import (
    NOTICE_CONTENT_TYPE,
    CardOwner,
    FourElements,
    StartTransfer,
    TransferKind,
)
from partner_adapters.kit.durable.background import Background
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, OutboxWorker, RetryLater
from partner_adapters.kit.durable.outbox_metrics import OutboxCollector
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.durable.tables import create_missing
from partner_adapters.kit.durable.writable import database_checks
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.application import service
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.json_answers import answer, calling_bank, intent_key, read
from partner_adapters.kit.web.parties import Parties

CARD_CLOSED = "card.closed"


class CardNetworkApp:
    """The network's endpoints and its two kinds of deferred work."""

    def __init__(self, settings: CardNetworkSettings, store: Store, clock: Clock, parties: Parties) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._http = parties.http
        self._key = ECKey.import_key(settings.signing_key.get_secret_value())
        self._key.ensure_kid()
        handlers = {transfers.SETTLE: self._settle, transfers.NOTIFY: self._notify}
        self._worker = OutboxWorker(store, outbox, clock, handlers)
        self._deviations = Deviations()
        self.background = Background()

    def routes(self) -> list[Route]:
        return [
            Route("/jwks", self._jwks),
            Route("/bins/{prefix}", self._bin),
            Route("/four-elements", self._four_elements, methods=["POST"]),
            Route("/card-owners", self._card_owner, methods=["POST"]),
            Route("/debits", self._debit, methods=["POST"]),
            Route("/credits", self._credit, methods=["POST"]),
            Route("/transfers/{intent}", self._transfer),
            Route("/settlements/{day}", self._settlement),
            Route("/_deviate", self._deviations.show),
            Route("/_deviate", self._deviations.arm, methods=["POST"]),
        ]

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        await self._store.write(lambda conn: create_missing(conn, metadata))
        await self._store.write(lambda conn: cards.seed(conn, self._settings.cards))
        async with self.background.running({"outbox": self._worker.run()}):
            yield

    async def _jwks(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self._key.as_dict(private=False, use="sig", alg="ES256")]})

    async def _bin(self, request: Request) -> Response:
        return answer(bins.look_up(request.path_params["prefix"]))

    async def _four_elements(self, request: Request) -> Response:
        bank_id, asked = calling_bank(request), await read(request, FourElements)
        return answer(await self._store.write(lambda conn: cards.check(conn, bank_id, asked), "FourElements"))

    async def _card_owner(self, request: Request) -> Response:
        bank_id, asked = calling_bank(request), await read(request, CardOwner)
        return answer(await self._store.read(lambda conn: cards.is_owner(conn, bank_id, asked)))

    async def _debit(self, request: Request) -> Response:
        return await self._start(request, "debit")

    async def _credit(self, request: Request) -> Response:
        return await self._start(request, "credit")

    async def _start(self, request: Request, kind: TransferKind) -> Response:
        bank_id, intent = calling_bank(request), intent_key(request)
        command = await read(request, StartTransfer)
        if self._deviations.has(kind, "refused_at_once"):
            raise Problem(422, CARD_CLOSED, "the card takes no transfers any more")
        wall = self._clock.wall()
        late = self._deviations.has(kind, "late")
        settle_after = timedelta(seconds=LATE_S if late else self._settings.settle_after_s)
        started = await self._store.write(
            lambda conn: transfers.start(
                conn, bank_id, intent, kind, command, wall=wall, settle_after=settle_after
            ),
            "StartTransfer",
        )
        return JSONResponse(started.body, started.status)

    async def _transfer(self, request: Request) -> Response:
        bank_id, intent = calling_bank(request), request.path_params["intent"]
        row = await self._store.read(lambda conn: transfers.find(conn, bank_id, intent))
        return answer(self._deviations.applied(ANSWER, transfers.shown(row)))

    async def _settlement(self, request: Request) -> Response:
        bank_id = calling_bank(request)
        try:
            day = date.fromisoformat(request.path_params["day"])
        except ValueError:
            raise Problem(404, "settlement.unknown", "no such date") from None
        true = await self._store.read(lambda conn: transfers.settlement(conn, bank_id, day))
        items = [self._deviations.applied(FILE, item) for item in true.items]
        return answer(true.model_copy(update={"items": items}))

    async def _settle(self, row: OutboxRow) -> Effect:
        wall, now = self._clock.wall(), self._clock.now()
        told = await self._store.read(lambda conn: transfers.find(conn, row.bank_id, row.subject))
        code = CARD_CLOSED if self._deviations.has(told.kind, "card_closed") else None
        return lambda conn: transfers.settle(conn, row.bank_id, row.subject, wall=wall, now=now, code=code)

    async def _notify(self, row: OutboxRow) -> Effect:
        told = await self._store.read(lambda conn: transfers.find(conn, row.bank_id, row.subject))
        notice = self._deviations.applied(NOTICE, transfers.notice(told))
        payload = json.dumps(notice.model_dump(mode="json"))
        header = {"alg": "ES256", "kid": self._key.kid}
        try:
            response = await self._http.send(
                "POST",
                told.notify_url,
                repeatable=False,
                headers={"Content-Type": NOTICE_CONTENT_TYPE},
                content=jws.serialize_compact(header, payload, self._key),
            )
        except CallFailed as error:
            raise RetryLater(error.reason) from error
        if not response.is_success:
            raise RetryLater(f"answered {response.status_code}")
        return lambda _conn: None


def create_app(settings: CardNetworkSettings, store: Store, clock: Clock, parties: Parties) -> Starlette:
    network = CardNetworkApp(settings, store, clock, parties)
    return service(
        "card_network",
        network.routes(),
        network.lifespan,
        checks={**database_checks(store), "work": network.background.check},
        collectors=[OutboxCollector("card_network", store, outbox, clock)],
    )
