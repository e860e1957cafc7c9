"""The data sources: one endpoint for each source of `sources/table.py`. Each inquiry needs a consent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from sqlalchemy import insert
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_partners.outside.data_sources.settings import DataSourcesSettings, KnownPerson
from mock_partners.outside.data_sources.sources.moment import Moment
from mock_partners.outside.data_sources.sources.table import SOURCES, Source
from mock_partners.outside.data_sources.tables import inquiry, metadata
from partner_adapters.data.wire import Question
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.durable.writable import database_checks
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.application import service
from partner_adapters.kit.web.json_answers import answer, calling_bank, read
from partner_adapters.kit.web.parties import Parties


class DataSourcesApp:
    """The sources, which answer from what each knew when the world began."""

    def __init__(self, settings: DataSourcesSettings, store: Store, clock: Clock) -> None:
        self._people = {person.id_number: person for person in settings.people}
        self._begun_on = settings.begun_on
        self._store = store
        self._clock = clock

    def routes(self) -> list[Route]:
        return [Route(source.path, self._endpoint(source), methods=["POST"]) for source in SOURCES]

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        await self._store.write(lambda conn: metadata.create_all(conn))
        yield

    def _endpoint(self, source: Source) -> Callable[[Request], Awaitable[Response]]:
        async def ask(request: Request) -> Response:
            bank_id = calling_bank(request)
            person = await self._asked(request, source, bank_id)
            return answer(source.answer(person, bank_id, Moment(self._begun_on, self._clock.today())))

        return ask

    async def _asked(self, request: Request, source: Source, bank_id: str) -> KnownPerson:
        """Record the inquiry and return the person's file. An unknown person has an empty file."""
        question = await read(request, Question)
        if question.consent.purpose != source.purpose:
            raise Problem(403, "consent.wrong_purpose", f"this source needs consent to {source.purpose}")
        noted = insert(inquiry).values(
            bank_id=bank_id,
            source=source.purpose,
            id_number=question.id_number,
            consent_id=question.consent.id,
            consent_sha256=question.consent.sha256,
            asked_at=self._clock.now(),
        )
        await self._store.write(lambda conn: conn.execute(noted))
        known = self._people.get(question.id_number)
        if known is None or known.name != question.name:
            return KnownPerson(name=question.name, id_number=question.id_number)
        return known


def create_app(settings: DataSourcesSettings, store: Store, clock: Clock, _parties: Parties) -> Starlette:
    app = DataSourcesApp(settings, store, clock)
    return service("data_sources", app.routes(), app.lifespan, checks=database_checks(store))
