"""`/customers…` and `/consent-texts`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from mock_partners.bank.core import commands
from mock_partners.bank.core.customers import consents
from mock_partners.bank.core.customers.identify import identify
from mock_partners.bank.core.kernel.access import authorise
from mock_partners.bank.core.kernel.services import core_of
from mock_partners.bank.core.overview import overview
from mock_partners.bank.core.verification import card_checks
from partner_adapters.core_bank.card_checks import AskCardCheck, ConfirmCardCheck, SendAnotherCode
from partner_adapters.core_bank.consents import ConsentTexts, GiveConsents
from partner_adapters.core_bank.customers import IdentityStatement
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.json_answers import answer, intent_key, read


async def register(request: Request) -> Response:
    """Find or register the person whom the partner vouches for."""
    core, ctx = core_of(request), authorise(request)
    return answer(await identify(core, ctx, await read(request, IdentityStatement)))


async def show_overview(request: Request) -> Response:
    """Everything the customer's home page shows."""
    core, ctx = core_of(request), authorise(request)
    customer_id = request.path_params["customer_id"]
    return answer(
        await core.store.read(lambda conn: overview.overview(conn, ctx, core.settings, customer_id))
    )


async def consent_texts(request: Request) -> Response:
    """The current texts of the purposes asked for, in that order."""
    core, ctx = core_of(request), authorise(request)
    purposes = request.query_params.getlist("purpose")
    if not 1 <= len(purposes) <= 10:
        raise Problem(422, "consent.purposes_missing", "name one to ten purposes")
    return answer(ConsentTexts(items=[core.texts.current(ctx.bank_id, purpose) for purpose in purposes]))


async def list_consents(request: Request) -> Response:
    """Every consent the customer ever gave, newest first."""
    core, ctx = core_of(request), authorise(request)
    customer_id = request.path_params["customer_id"]
    return answer(await core.store.read(lambda conn: consents.all_of(conn, ctx, customer_id)))


async def give_consents(request: Request) -> Response:
    """Store what the person agreed to, each to exactly the text shown."""
    core, ctx = core_of(request), authorise(request)
    command, customer_id = await read(request, GiveConsents), request.path_params["customer_id"]
    return await commands.run(
        core,
        request,
        ctx,
        command,
        lambda conn: consents.give(conn, ctx, core.texts, customer_id, command),
        201,
    )


async def withdraw_consent(request: Request) -> Response:
    """From now on nothing may rest on this consent."""
    core, ctx = core_of(request), authorise(request)
    customer_id, consent_id = request.path_params["customer_id"], request.path_params["consent_id"]
    return answer(await core.store.write(lambda conn: consents.withdraw(conn, ctx, customer_id, consent_id)))


async def start_card_check(request: Request) -> Response:
    """Check the customer without face: the elements of their card, then a code at its phone."""
    core, ctx, intent = core_of(request), authorise(request), intent_key(request)
    command, customer_id = await read(request, AskCardCheck), request.path_params["customer_id"]
    return await commands.run_later(
        core,
        request,
        ctx,
        command,
        lambda conn: card_checks.start(conn, ctx, core.settings, customer_id, command, intent),
        lambda conn: card_checks.shown(conn, ctx, core.settings, customer_id, intent),
    )


async def show_card_check(request: Request) -> Response:
    """Where a card check stands."""
    core, ctx = core_of(request), authorise(request)
    customer_id, check_id = request.path_params["customer_id"], request.path_params["check_id"]
    return answer(
        await core.store.read(lambda conn: card_checks.shown(conn, ctx, core.settings, customer_id, check_id))
    )


async def send_another_code(request: Request) -> Response:
    """Send a new code; the one before no longer counts."""
    core, ctx = core_of(request), authorise(request)
    command = await read(request, SendAnotherCode)
    customer_id, check_id = request.path_params["customer_id"], request.path_params["check_id"]
    return await commands.run_later(
        core,
        request,
        ctx,
        command,
        lambda conn: card_checks.send_another(conn, ctx, customer_id, check_id),
        lambda conn: card_checks.shown(conn, ctx, core.settings, customer_id, check_id),
    )


async def confirm_card_check(request: Request) -> Response:
    """Compare the code. The right one is answered with the core's signed word."""
    core, ctx = core_of(request), authorise(request)
    command = await read(request, ConfirmCardCheck)
    customer_id, check_id = request.path_params["customer_id"], request.path_params["check_id"]
    said = await core.store.write(
        lambda conn: card_checks.confirm(conn, ctx, core.settings, customer_id, check_id, command.code),
        type(command).__name__,
    )
    if isinstance(said, Problem):
        raise said
    return answer(said)
