"""To the tax bureau's page and back, over a scripted bank."""

from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from partner_adapters.core_bank.authorisations import AuthorisationList, StartedAuthorisation
from partner_adapters.core_bank.consents import ConsentList
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.site import Site
from tests.support.pages import samples
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
OWN = "/customers/cu-1/authorisations"
RESULTS = f"{OWN}/results"
NEXT = "/lyg/apply/tax_micro/check"
PATH = f"/authorise/tax?next={NEXT}"
BACK = "/authorise/tax/return?state=s-1&code=c-1"


def agreed(pages: Site) -> None:
    everything(pages.core)
    given = ConsentList(items=[samples.consent("tax_inquiry")])
    pages.core.says("GET", "/customers/cu-1/consents", given)
    pages.core.says("GET", OWN, AuthorisationList(items=[samples.authorisation()]))


async def test_the_tap_leads_to_the_address_that_the_bank_names_and_to_no_other(pages: Site) -> None:
    agreed(pages)
    started = StartedAuthorisation(url="https://tax.test/authorize?state=s-1", expires_at=samples.NOW)
    pages.core.says("POST", OWN, started)
    visitor = await pages.client()
    page = await visitor.get(PATH)
    # Browsers apply `form-action` to the redirect that answers the form.
    assert "form-action 'self' https://tax.test;" in page.headers["content-security-policy"]
    answer = await visitor.send(page)
    assert (answer.status_code, answer.headers["location"]) == (303, started.url)
    await visitor.send(page)
    first, second = pages.core.sent(OWN)
    assert first.body == {"source": "tax", "return_to": NEXT}
    assert first.intent == second.intent  # a second tap begins nothing anew
    elsewhere = started.model_copy(update={"url": "https://evil.test/authorize"})
    pages.core.says("POST", OWN, elsewhere)
    assert (await visitor.send(await visitor.get(PATH))).status_code == 500
    assert (await visitor.get("/authorise/weather")).status_code == 404


async def test_the_consent_comes_before_the_way_there(pages: Site) -> None:
    agreed(pages)
    pages.core.says("GET", "/customers/cu-1/consents", ConsentList(items=[]))
    visitor = await pages.client()
    asked = urlsplit((await visitor.get(PATH)).headers["location"])
    assert asked.path == "/lyg/me/consents/give/tax_inquiry"
    assert parse_qs(asked.query)["next"] == [f"/lyg{PATH}"]
    page = await visitor.get(PATH)
    assert pages.core.sent(OWN) == []
    assert page.is_redirect


async def test_looking_at_the_way_back_changes_nothing_and_the_tap_goes_on(pages: Site) -> None:
    agreed(pages)
    given = samples.authorisation(state="given", given_at=samples.NOW, valid_until=date(2027, 11, 24))
    pages.core.says("POST", RESULTS, given.model_copy(update={"return_to": NEXT}))
    visitor = await pages.client()
    page = await visitor.get(BACK)
    assert pages.core.sent(RESULTS) == []
    answer = await visitor.send(page)
    assert answer.headers["location"] == NEXT
    (sent,) = pages.core.sent(RESULTS)
    assert sent.body == {"state": "s-1", "code": "c-1", "error": None}
    # An address that another party made up leads home.
    pages.core.says("POST", RESULTS, given.model_copy(update={"return_to": "//evil.test"}))
    assert (await visitor.send(await visitor.get(BACK))).headers["location"] == "/lyg/"
    assert (await visitor.get("/authorise/tax/return")).headers["location"] == "/lyg/authorise/tax"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("authorisation.declined", "您在税务局没有同意"),
        ("authorisation.expired", "已经过期"),
        ("authorisation.other_person", "不是您本人"),
        ("authorisation.failed", "没有确认这次授权"),
        ("authorisation.unanswered", "暂时没有回应"),
        ("authorisation.unknown", "没有确认这次授权"),
    ],
)
async def test_who_comes_back_without_one_reads_why_and_goes_again(pages: Site, code: str, said: str) -> None:
    agreed(pages)
    pages.core.says("POST", RESULTS, Problem(409, code, params={"return_to": NEXT}))
    visitor = await pages.client()
    answer = await visitor.send(await visitor.get(BACK))
    page = await visitor.http.get(answer.headers["location"])
    assert page.status_code == 200
    assert said in page.text
    assert "您填写的内容都还在" in page.text
    assert f'name="next" value="{NEXT}"' in page.text
    assert "去税务局授权" in page.text
    # Where nothing was being filled in, no page says that it is still there.
    assert "您填写的内容都还在" not in (await visitor.get("/authorise/tax?why=failed")).text


async def test_an_application_that_lacks_the_authorisation_leads_there_and_back(pages: Site) -> None:
    agreed(pages)
    given = [samples.consent(purpose) for purpose in ("credit_bureau_inquiry", "courts_inquiry")]
    pages.core.says("GET", "/customers/cu-1/consents", ConsentList(items=given))
    missing = Problem(409, "authorisation.missing", params={"source": "tax"})
    pages.core.says("POST", "/customers/cu-1/applications", missing)
    visitor = await pages.client()
    answers = {"amount": "80000", "term": "12", "purpose": "stock", "method": "level_payment"}
    await visitor.send(await visitor.get("/apply/sunshine_e_micro/amount"), **answers)
    check = "/lyg/apply/sunshine_e_micro/check"
    answer = await visitor.send(await visitor.http.get(check))
    where = urlsplit(answer.headers["location"])
    assert (where.path, parse_qs(where.query)["next"]) == ("/lyg/authorise/tax", [check])
    # Where the product's screens name it, the customer is led there before the summary.
    named = samples.product(screens=["amount", "consent", "authorise", "check"])
    pages.core.says("GET", "/products/sunshine_e_micro", named)
    first = await visitor.http.get(check)
    assert first.headers["location"].endswith("/apply/sunshine_e_micro/authorise")
    led = urlsplit((await visitor.http.get(first.headers["location"])).headers["location"])
    assert (led.path, parse_qs(led.query)["next"]) == ("/lyg/authorise/tax", [check])
    standing = samples.authorisation(state="given", given_at=samples.NOW, valid_until=date(2027, 11, 24))
    pages.core.says("GET", OWN, AuthorisationList(items=[standing]))
    assert (await visitor.http.get(check)).status_code == 200
