"""An operator confirms the business date."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from mock_partners.bank.core.kernel import business_date
from mock_partners.bank.core.kernel.access import authorise
from mock_partners.bank.core.kernel.services import core_of
from partner_adapters.core_bank.dates import BusinessDate, ConfirmDate
from partner_adapters.kit.web.json_answers import answer, read


async def confirm(request: Request) -> Response:
    """Confirm the date and answer where the bank stands. Problems as `StaffDates.confirm` names them."""
    core, ctx = core_of(request), authorise(request, "dates")
    day, clock_day = (await read(request, ConfirmDate)).business_date, core.clock.today()
    await core.store.write(lambda conn: business_date.confirm(conn, ctx, day, clock_day))
    await core.dates.refresh()
    bank_id = ctx.bank_id
    return answer(BusinessDate(business_date=core.dates.today(bank_id), is_open=core.dates.is_open(bank_id)))
