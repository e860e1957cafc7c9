"""Authorising at the tax bureau's own page: there, back, and what ends it."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from mock_partners.testing.people.personas import Person, person
from mock_partners.testing.worlds.faults import Fault
from partner_adapters.core_bank.authorisations import FinishAuthorisation, StartAuthorisation
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import LI, TestBank, new_intent
from tests.support.people.applicants import TAX_LOAN, authorise, sent_back, tax_borrower

pytestmark = pytest.mark.anyio
GAO = person("gao_ming")
TAX = StartAuthorisation(source="tax", return_to="/lyg/apply/tax_micro/check")


def down(path: str) -> Fault:
    return Fault(kind="down", path=path, times=None)


async def refusal(bank: TestBank, customer_id: str, back: FinishAuthorisation) -> tuple[int, str]:
    with pytest.raises(Problem) as refused:
        await bank.client().authorisations.finish(customer_id, back)
    return refused.value.status, refused.value.code


async def test_a_customer_authorises_once_and_what_ends_the_consent_ends_it(bank: TestBank) -> None:
    one = await tax_borrower(bank, GAO)
    client, customer_id = one.client, one.customer_id
    (standing,) = await client.authorisations.all(customer_id)
    assert (standing.state, standing.origin) == ("given", "https://data-sources")
    assert standing.valid_until == bank.clock.today() + timedelta(days=365)
    started = await client.authorisations.start(customer_id, TAX, new_intent())
    query = {name: values[0] for name, values in parse_qs(urlsplit(started.url).query).items()}
    assert (query["client_id"], query["redirect_uri"]) == ("hzw", "https://h5/lyg/authorise/tax/return")
    back = await sent_back(bank, customer_id, GAO)
    again = await client.authorisations.finish(customer_id, back)
    assert await client.authorisations.finish(customer_id, back) == again  # a second tap
    await client.consents.withdraw(customer_id, one.consent_ids[0])
    assert [each.state for each in await client.authorisations.all(customer_id)] == ["ended"]
    with pytest.raises(Problem) as refused:
        await client.authorisations.start(customer_id, TAX, new_intent())
    assert (refused.value.code, refused.value.params) == ("consent.missing", {"purpose": "tax_inquiry"})
    # Agreed again: the earlier authorisation rests on a consent that is withdrawn, so it stays ended.
    await bank.consents(customer_id, ["tax_inquiry"])
    assert [each.state for each in await client.authorisations.all(customer_id)] == ["ended"]
    await authorise(bank, customer_id, GAO)
    assert [each.state for each in await client.authorisations.all(customer_id)] == ["given"]
    bank.clock.advance(timedelta(days=366))
    assert [each.state for each in await client.authorisations.all(customer_id)] == ["none"]
    await bank.prove()


async def test_who_comes_back_otherwise_has_authorised_nothing_and_may_begin_again(bank: TestBank) -> None:
    customer = await bank.customer(GAO)
    other = await bank.customer(LI)
    await bank.consents(customer.customer_id, ["tax_inquiry"])
    customer_id = customer.customer_id

    async def back(who: Person = GAO, outcome: str = "agree") -> FinishAuthorisation:
        return await sent_back(bank, customer_id, who, outcome=outcome)

    assert await refusal(bank, customer_id, await back(outcome="refuse")) == (409, "authorisation.declined")
    assert await refusal(bank, customer_id, await back(LI)) == (409, "authorisation.other_person")
    # Another customer's state, a made-up state, and a code that the bureau never gave.
    honest = await back()
    assert await refusal(bank, other.customer_id, honest) == (404, "authorisation.unknown")
    assert await refusal(bank, customer_id, honest.model_copy(update={"state": "x"})) == (
        404,
        "authorisation.unknown",
    )
    wrong = honest.model_copy(update={"code": "made up"})
    assert await refusal(bank, customer_id, wrong) == (409, "authorisation.failed")
    # The code's state is spent by then.
    assert await refusal(bank, customer_id, honest) == (409, "authorisation.failed")
    late = await back()
    bank.clock.advance(timedelta(minutes=16))
    assert await refusal(bank, customer_id, late) == (409, "authorisation.expired")
    bank.wires.faults["data_sources"].add(down("/tax/authorisations"))
    unanswered = await back()
    assert await refusal(bank, customer_id, unanswered) == (409, "authorisation.unanswered")
    bank.wires.faults["data_sources"].clear()
    given = await bank.client().authorisations.finish(customer_id, unanswered)
    assert given.state == "given"
    with pytest.raises(Problem) as refused:
        await bank.client().authorisations.start(
            customer_id, StartAuthorisation(source="courts"), new_intent()
        )
    assert refused.value.code == "source.unknown"
    await bank.prove()


async def test_the_tax_loan_needs_the_authorisation_and_stands_on_it_until_decided(bank: TestBank) -> None:
    one = await tax_borrower(bank, GAO)
    await one.client.consents.withdraw(one.customer_id, one.consent_ids[0])
    anew = await bank.consents(one.customer_id, ["tax_inquiry"])
    ids = [*anew, *one.consent_ids[1:]]
    with pytest.raises(Problem) as refused:
        await one.apply(**TAX_LOAN, consent_ids=ids)
    assert (refused.value.code, refused.value.params) == ("authorisation.missing", {"source": "tax"})
    await authorise(bank, one.customer_id, GAO)
    # Between check and decision the consent is withdrawn: the bureau is not asked.
    bank.wires.faults["data_sources"].add(down("/tax/records"))
    order = await one.apply(**TAX_LOAN, consent_ids=ids)
    asked_before = bank.wires.sent.count(("data_sources", "POST", "/tax/records"))
    await one.client.consents.withdraw(one.customer_id, anew[0])
    bank.wires.faults["data_sources"].clear()
    await bank.work()
    application = await one.client.applications.get(order.result["application_id"])
    assert application.decision is not None
    assert (application.decision.outcome, [reason.code for reason in application.decision.reasons]) == (
        "declined",
        ["A03"],
    )
    assert bank.wires.sent.count(("data_sources", "POST", "/tax/records")) == asked_before
    await bank.prove()
