"""What ends with a credit line's last day: the line, and the consents whose business is over.

A consent's business is over when its line has ended and all loans under the line are settled. The texts of these
consents promise that. A consent that other business of the customer rests on goes on with that.
"""

from __future__ import annotations

from datetime import date
from functools import partial

from sqlalchemy import Connection, exists, select

from mock_partners.bank.core.credit.progress import MOST_COMPARED
from mock_partners.bank.core.credit.progress import end_consents as end_consents_of
from mock_partners.bank.core.credit.records import contracts_of_customer, read_application
from mock_partners.bank.core.customers.tables import consent
from mock_partners.bank.core.end_of_day.day_close import open_days
from mock_partners.bank.core.kernel.caller import BankJob
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices
from mock_partners.bank.core.lines import lines
from mock_partners.bank.core.lines.records import lines_of_customer
from mock_partners.bank.core.lines.tables import credit_line
from mock_partners.bank.core.loans.records import unsettled_loans_of_customer
from mock_partners.bank.core.loans.states import UNSETTLED
from mock_partners.bank.core.loans.tables import loan
from mock_partners.bank.core.notices.text_messages import notify_customer
from partner_adapters.core_bank.lines import LineState
from partner_adapters.kit.durable.jobs import Job
from partner_adapters.kit.web.logs import log

JOB = "end_of_day.ended_business"
# How soon it runs after midnight, or after a tester moved the clock. The account's closing ends the consents in its own
# transaction.
EVERY_S = 5.0
# Two nodes that run at once do no harm, so the lease may end before a long run does.
LEASE_S = 8.0
_line, _loan, _consent = credit_line.c, loan.c, consent.c


def job(core: CoreServices) -> Job:
    """Return the job that runs `end_business` on one node at a time, once a day for each bank."""
    # By bank: the day on which this node left nothing to do. Days turn lines and loans over, so the rest of it is idle.
    done: dict[str, date] = {}

    async def run() -> None:
        await core.dates.refresh()
        for bank in core.settings.banks:
            ctx = core.context(bank.bank_id, BankJob(JOB))
            if done.get(ctx.bank_id) == ctx.today:
                continue
            # The close of a day may collect what a loan still owes, so a day that is open may end more.
            days_are_closed = not await core.store.read(partial(open_days, ctx=ctx))
            if await end_business_at(core, ctx) and days_are_closed:
                done[ctx.bank_id] = ctx.today

    return Job(JOB, EVERY_S, LEASE_S, run)


async def end_business(core: CoreServices) -> None:
    """End the lines and the consents that are over, at every bank. Repeating it does nothing."""
    for bank in core.settings.banks:
        await end_business_at(core, core.context(bank.bank_id, BankJob(JOB)))


async def end_business_at(core: CoreServices, ctx: Context) -> bool:
    """End the lines and the consents that are over at one bank. Return whether it went well for every customer."""
    went_well = True
    for customer_id in await core.store.read(partial(_customers, ctx=ctx)):
        # One transaction a customer: one failure must not hold up the others.
        try:
            await core.store.write(
                partial(_end_business_of_customer, ctx=ctx, customer_id=customer_id),
                queue=ctx.queue_of(customer_id),
            )
        except Exception:
            went_well = False
            log.exception("ended_business.failed", bank_id=ctx.bank_id, customer_id=customer_id)
    return went_well


def _end_business_of_customer(conn: Connection, ctx: Context, customer_id: str) -> None:
    _end_lines_of_customer(conn, ctx, customer_id)
    end_consents_of_customer(conn, ctx, customer_id)


def _end_lines_of_customer(conn: Connection, ctx: Context, customer_id: str) -> None:
    """Record the end of lines whose last day is over, and tell the customer, once each.

    A line that ended with its account is recorded already, and the account's message told it.
    """
    for line in lines_of_customer(conn, ctx, customer_id):
        if line.ends_on < ctx.today and line.state is not LineState.ENDED:
            lines.end(conn, ctx, line.line_id)
            values = {"number": line.contract_number, "ends_on": line.ends_on.isoformat()}
            notify_customer(conn, ctx, customer_id, "line_ended", **values)


def end_consents_of_customer(conn: Connection, ctx: Context, customer_id: str) -> None:
    """End the consents of those of the customer's applications whose line and loans are over."""
    owed = {each.line_id for each in unsettled_loans_of_customer(conn, ctx.bank_id, customer_id)}
    over = {
        line.line_id
        for line in lines_of_customer(conn, ctx, customer_id)
        if line.state_on(ctx.today) is LineState.ENDED and line.line_id not in owed
    }
    contracts = contracts_of_customer(conn, ctx, customer_id, most=MOST_COMPARED)
    applications = {each.application_id for each in contracts if each.line_id in over}
    for application_id in sorted(applications):
        application = read_application(conn, ctx.bank_id, application_id)
        end_consents_of(conn, ctx, application, over=applications)


def _customers(conn: Connection, ctx: Context) -> list[str]:
    """Return the customers with a line whose end is not recorded, or with consents whose business is over."""
    of_line = (_loan.bank_id == _line.bank_id) & (_loan.line_id == _line.line_id)
    of_customer = (_consent.bank_id == _line.bank_id) & (_consent.customer_id == _line.customer_id)
    purposes = sorted(each for each in ctx.texts.purposes if ctx.texts.scope(each) == "application")
    ends_now = (_line.state != LineState.ENDED) & (_line.ends_on < ctx.today)
    is_over = (
        (_line.state == LineState.ENDED)
        & ~exists().where(of_line, _loan.state.in_(UNSETTLED))
        & exists().where(
            of_customer,
            _consent.purpose.in_(purposes),
            _consent.withdrawn_at.is_(None),
            _consent.ended_at.is_(None),
        )
    )
    query = (
        select(_line.customer_id)
        .distinct()
        .where(_line.bank_id == ctx.bank_id, ends_now | is_over)
        .order_by(_line.customer_id)
    )
    return list(conn.execute(query).scalars())
