"""The data sources: one signed endpoint for each source of `sources/table.py`, and the tax bureau's own page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from pydantic import ValidationError
from sqlalchemy import Connection, insert
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mock_partners.outside.data_sources.deviations import Deviations
from mock_partners.outside.data_sources.people import People
from mock_partners.outside.data_sources.settings import DataSourcesSettings, KnownPerson
from mock_partners.outside.data_sources.sources.moment import Moment
from mock_partners.outside.data_sources.sources.table import SOURCES, Source
from mock_partners.outside.data_sources.tables import inquiry, metadata
from mock_partners.outside.data_sources.tax_bureau import authorisations
from mock_partners.outside.data_sources.tax_bureau.pages import TaxBureauPages, static_files
from partner_adapters.data.wire import Question, RedeemCode
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.durable.tables import create_missing
from partner_adapters.kit.durable.writable import database_checks
from partner_adapters.kit.pages.security.csrf import SameOriginMiddleware
from partner_adapters.kit.pages.security.headers import SecurityHeadersMiddleware
from partner_adapters.kit.values import names
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.settings import origin_of
from partner_adapters.kit.web import signed
from partner_adapters.kit.web.application import service
from partner_adapters.kit.web.errors import from_validation, respond
from partner_adapters.kit.web.json_answers import answer, read
from partner_adapters.kit.web.parties import Parties

# Serves a request of the bank that signed it.
Serve = Callable[[Request, str], Awaitable[Response]]


class DataSourcesApp:
    """The sources, which answer from what each knew when the world began."""

    def __init__(self, settings: DataSourcesSettings, store: Store, clock: Clock) -> None:
        self._settings = settings
        self._people = People(settings.people)
        self._store = store
        self._clock = clock
        self._deviations = Deviations()

    def routes(self) -> list[Route]:
        pages = TaxBureauPages(self._settings, self._people, self._store, self._clock)
        return [
            *(Route(each.path, self._signed(self._asks(each)), methods=["POST"]) for each in SOURCES),
            Route("/tax/authorisations", self._signed(self._redeem), methods=["POST"]),
            Route("/tax/authorize", pages.show),
            Route("/_deviate", self._deviations.show),
            Route("/_deviate", self._deviations.arm, methods=["POST"]),
            Route("/_people", self._listed),
            Route("/tax/authorize", pages.decide, methods=["POST"]),
        ]

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        await self._store.write(lambda conn: create_missing(conn, metadata))
        yield

    def _signed(self, serve: Serve) -> Callable[[Request], Awaitable[Response]]:
        """Serve what a known bank signed, and sign the answer, also a refusal."""

        async def serve_signed(request: Request) -> Response:
            bank_id = request.headers.get(signed.CALLER, "")
            bank = self._settings.banks.get(bank_id)
            if bank is None:
                raise Problem(401, "signature.wrong", "no bank of this name may ask")
            secret, body = bank.secret.get_secret_value(), await request.body()
            url, headers = str(request.url), request.headers
            signed.verify_request(secret, request.method, url, body, headers, self._clock.wall())
            try:
                response = await serve(request, bank_id)
            except Problem as problem:
                response = respond(problem)
            except ValidationError as error:
                response = respond(from_validation(error))
            own = headers[signed.SIGNATURE]
            response.headers.update(
                signed.sign_answer(
                    secret, own, response.status_code, bytes(response.body), self._clock.wall()
                )
            )
            return response

        return serve_signed

    def _asks(self, source: Source) -> Serve:
        async def ask(request: Request, bank_id: str) -> Response:
            await self._deviations.before(source.name)
            person = await self._asked(request, source, bank_id)
            moment = Moment(self._settings.begun_on, self._clock.today())
            return self._deviations.applied(source.name, source.answer(person, bank_id, moment))

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

        def note(conn: Connection) -> None:
            if source.is_authorised:
                authorisations.require_valid(
                    conn, bank_id, question.authorisation, question.id_number, self._clock.today()
                )
            conn.execute(noted)

        await self._store.write(note)
        known = self._people.find(question.id_number)
        if known is None or not names.is_same(known.name, question.name):
            return KnownPerson(name=question.name, id_number=question.id_number)
        return known

    async def _listed(self, request: Request) -> Response:
        """List generated people for testers: `?from=0&count=20`."""
        start, count = (request.query_params.get(name, "") for name in ("from", "count"))
        found = self._people.listed(
            int(start) if start.isdigit() else 0, int(count) if count.isdigit() else 20
        )
        return JSONResponse([person.model_dump(mode="json") for person in found])

    async def _redeem(self, request: Request, bank_id: str) -> Response:
        command, wall, today = await read(request, RedeemCode), self._clock.wall(), self._clock.today()
        found = await self._store.write(
            lambda conn: authorisations.redeem(conn, bank_id, command, wall, today)
        )
        person = self._people.find(found[1]) if found else None
        if found is None or person is None:
            raise Problem(403, "code.invalid", "unknown, used, too old, or made for another request")
        return answer(authorisations.to_wire(found, person))


def create_app(settings: DataSourcesSettings, store: Store, clock: Clock, _parties: Parties) -> Starlette:
    app = DataSourcesApp(settings, store, clock)
    static = static_files(settings.base_url)
    made = service(
        "data_sources",
        [static.route(), *app.routes()],
        app.lifespan,
        checks=database_checks(store),
        middleware=[
            Middleware(SecurityHeadersMiddleware, secure=settings.base_url.startswith("https://")),
            Middleware(SameOriginMiddleware, origin=origin_of(settings.base_url)),
        ],
    )
    made.state.static = static
    return made
