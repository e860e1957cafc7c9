"""What the bank tells a partner of a request makes its way, and a withdrawn consent leaves nothing of it."""

from __future__ import annotations

from datetime import datetime

import pytest

from h5app.progress import Progress, read_progress
from mock_partners.bank.core.events.numbering import number_events
from partner_adapters.core_bank.calls import referring_to
from partner_adapters.core_bank.drawdowns import AskDraw, Draw
from partner_adapters.core_bank.events import STATUS_CONSENT
from partner_adapters.kit.values.clock import CHINA, ONE_DAY, FixedClock
from tests.support.houses.core import TestBank, new_intent
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people.applicants import Borrower, borrower

pytestmark = pytest.mark.anyio
REFERENCE = "city-7"


async def shown(bank: TestBank, *, order: str = "") -> Progress | None:
    """What the page would say of the reference, or of the order."""
    await number_events(bank.core)
    client, of = bank.client(), {"order": order} if order else {"external_reference": REFERENCE}
    known = (await client.statuses.list(**of)).items  # type: ignore[arg-type]
    if order:
        known = [await client.statuses.get("order", order), *known]
    return read_progress(known, (await client.events.of(**of)).items)  # type: ignore[arg-type]


def said(progress: Progress | None) -> tuple[str, list[str]]:
    """The standing, and the steps that are done. Each of them has its date."""
    assert progress is not None
    done = [step for step in progress.steps if step.state == "done"]
    assert [step for step in done if step.at is None] == []
    return progress.standing, [step.name for step in done]


async def consenting(bank: TestBank) -> tuple[Borrower, str]:
    one = await borrower(bank)
    (consent_id,) = await bank.consents(one.customer_id, [STATUS_CONSENT], "lyg")
    return one, consent_id


async def test_a_request_is_followed_from_its_application_to_its_end_and_to_a_withdrawal(
    bank: TestBank, esign: ESignStandIn
) -> None:
    one, consent_id = await consenting(bank)
    assert await shown(bank) is None
    with referring_to(REFERENCE):
        order = await one.apply()
    # A quick bank has decided by now.
    assert said(await shown(bank))[0] in ("deciding", "approved")
    await bank.work()
    assert said(await shown(bank)) == ("contract_ready", ["applied", "approved"])
    application = await one.client.applications.get(order.result["application_id"])
    assert application.contract_id is not None
    signing = await one.sign(await one.client.contracts.get(application.contract_id))
    await bank.work()
    assert said(await shown(bank)) == ("signed", ["applied", "approved", "signed"])
    line_id = (await one.client.orders.get(signing.intent)).result["line_id"]
    with referring_to(REFERENCE):
        await draw(bank, one, line_id)
    await bank.work()
    drawn = ("drawn", ["applied", "approved", "signed", "drawn"])
    assert said(await shown(bank)) == drawn
    # The order of the application made all but the loan.
    assert said(await shown(bank, order=order.reference))[0] == "signed"
    await bank.client().consents.withdraw(one.customer_id, consent_id)
    assert await shown(bank) is None


async def test_a_customer_who_consents_after_applying_is_shown_from_the_next_change_on(
    bank: TestBank, esign: ESignStandIn
) -> None:
    one = await borrower(bank)
    with referring_to(REFERENCE):
        contract = await one.contract()
    await bank.consents(one.customer_id, [STATUS_CONSENT], "lyg")
    assert await shown(bank) is None
    await one.sign(contract)
    await bank.work()
    assert said(await shown(bank)) == ("signed", ["signed"])


async def test_the_steps_have_the_dates_of_the_banks_pages_also_where_its_day_is_another(
    bank: TestBank, esign: ESignStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The demo's clock may be moved: receipts and contracts then say the bank's date, not the machine's."""
    one, _ = await consenting(bank)
    began = bank.clock.today()
    with referring_to(REFERENCE):
        contract = await one.contract()

    def a_day_ahead(clock: FixedClock) -> datetime:
        return clock.at.astimezone(CHINA) + ONE_DAY

    monkeypatch.setattr(FixedClock, "now", a_day_ahead)
    await one.sign(contract)
    await bank.work()
    progress = await shown(bank)
    assert progress is not None
    dates = {step.name: step.at.astimezone(CHINA).date() for step in progress.steps if step.at}
    assert dates == {"applied": began, "approved": began, "signed": began + ONE_DAY}
    told = (await bank.client().events.of(external_reference=REFERENCE)).items
    assert {event.occurred_at.astimezone(CHINA).date() for event in told} == {began}
    # The books are proven by the test's own clock: nothing may lie ahead of it.
    bank.clock.advance(ONE_DAY)


async def draw(bank: TestBank, one: Borrower, line_id: str) -> None:
    asked = AskDraw(amount_fen=1_000_000, term_months=12, method="level_payment")
    quote = await one.client.drawdowns.quote(line_id, asked)
    fresh = {"quote_sha256": quote.sha256, "evidence": bank.evidence(one.who)}
    command = Draw.model_validate(asked.model_dump() | fresh)
    await one.client.drawdowns.draw(line_id, command, new_intent())
