"""A job that ends consents whose business is over: the line has ended, and all loans under it are settled.

The texts of these consents promise that. A consent that other business of the customer rests on goes on with that.
"""

from __future__ import annotations

from functools import partial

from sqlalchemy import Connection, exists, select

from mock_partners.bank.core.credit.progress import MOST_COMPARED
from mock_partners.bank.core.credit.progress import end_consents as end_consents_of
from mock_partners.bank.core.credit.records import contracts_of_customer, read_application
from mock_partners.bank.core.customers.tables import consent
from mock_partners.bank.core.kernel.caller import BankJob
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices
from mock_partners.bank.core.lines.records import lines_of_customer
from mock_partners.bank.core.lines.tables import credit_line
from mock_partners.bank.core.loans.records import unsettled_loans_of_customer
from mock_partners.bank.core.loans.states import UNSETTLED
from mock_partners.bank.core.loans.tables import loan
from partner_adapters.core_bank.lines import LineState
from partner_adapters.kit.durable.jobs import Job
from partner_adapters.kit.web.logs import log

JOB = "end_of_day.ended_business"
# The texts promise the day. The account's closing ends the consents in its own transaction.
EVERY_S = 3_600.0
LEASE_S = 60.0
_line, _loan, _consent = credit_line.c, loan.c, consent.c


def job(core: CoreServices) -> Job:
    """Return the job that runs `end_consents` on one node at a time."""
    return Job(JOB, EVERY_S, LEASE_S, partial(end_consents, core))


async def end_consents(core: CoreServices) -> None:
    """End the consents of each customer whose business is over, at every bank. Repeating it does nothing."""
    for bank in core.settings.banks:
        ctx = core.context(bank.bank_id, BankJob(JOB))
        for customer_id in await core.store.read(partial(_customers, ctx=ctx)):
            # One transaction a customer: one failure must not hold up the others.
            try:
                await core.store.write(
                    partial(end_consents_of_customer, ctx=ctx, customer_id=customer_id),
                    queue=ctx.queue_of(customer_id),
                )
            except Exception:
                log.exception("ended_business.failed", bank_id=ctx.bank_id, customer_id=customer_id)


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
    """Return the customers who have a line that is over, and a consent for an application that still stands."""
    of_line = (_loan.bank_id == _line.bank_id) & (_loan.line_id == _line.line_id)
    of_customer = (_consent.bank_id == _line.bank_id) & (_consent.customer_id == _line.customer_id)
    purposes = sorted(each for each in ctx.texts.purposes if ctx.texts.scope(each) == "application")
    has_ended = (_line.state == LineState.ENDED) | (_line.ends_on < ctx.today)
    query = (
        select(_line.customer_id)
        .distinct()
        .where(
            _line.bank_id == ctx.bank_id,
            has_ended,
            ~exists().where(of_line, _loan.state.in_(UNSETTLED)),
            exists().where(
                of_customer,
                _consent.purpose.in_(purposes),
                _consent.withdrawn_at.is_(None),
                _consent.ended_at.is_(None),
            ),
        )
        .order_by(_line.customer_id)
    )
    return list(conn.execute(query).scalars())
