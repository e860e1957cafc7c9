import json
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import select

from mock_partners.bank.core.credit.authorisations import challenge_of
from mock_partners.outside.data_sources.app import create_app
from mock_partners.outside.data_sources.generated import COUNT, generated
from mock_partners.outside.data_sources.settings import (
    ContributionFile,
    DataSourcesSettings,
    KnownPerson,
)
from mock_partners.outside.data_sources.sources import contributions
from mock_partners.outside.data_sources.sources.moment import Moment
from mock_partners.outside.data_sources.sources.table import SOURCES
from mock_partners.outside.data_sources.tables import inquiry
from mock_partners.testing.people.personas import Person, person
from mock_partners.testing.registrations.parties import known
from partner_adapters.data.client import DataSources
from partner_adapters.data.connectors import CONNECTORS
from partner_adapters.data.quality import FAULTS, judged_facts
from partner_adapters.data.records.courts import CourtCases
from partner_adapters.data.records.credit_bureau import CreditReport
from partner_adapters.data.records.pre_credit_list import PreCreditListing
from partner_adapters.data.records.tax import TaxRecord
from partner_adapters.data.wire import ConsentProof, Question, RedeemCode
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.values.check_digits import is_id_number, is_uscc
from partner_adapters.kit.values.clock import CHINA, FixedClock
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web import signed
from partner_adapters.kit.web.calls.http_client import Answer, HttpClient, Unanswered
from partner_adapters.kit.web.parties import Parties
from partner_adapters.kit.web.signed import SignedHttp
from tests.contract.golden import GoldenParty, exchanges, fits
from tests.support.houses.serving import WAYS, serving

pytestmark = pytest.mark.anyio
KEYS = ("li_xiuying", "zhao_min", "sun_li", "chen_jianguo", "gao_ming")
LI, ZHAO, SUN, CHEN, GAO = (person(key) for key in KEYS)
GOLDEN = exchanges("data_sources")
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
SECRETS = {bank: SecretStr(f"secret of {bank}") for bank in ("hzw", "hab")}
BACK = "https://h5.test/lyg/authorise/tax/return"
VERIFIER = "v" * 43
BEGUN = datetime(2026, 11, 24, 9, tzinfo=CHINA)


@dataclass
class Served:
    data: DataSources
    http: HttpClient
    url: str
    store: Store
    clock: FixedClock


@asynccontextmanager
async def data_sources(folder: Path, way: str = "in_process") -> AsyncIterator[Served]:
    clock, store = FixedClock(BEGUN), Store(f"sqlite:///{folder / 'data_sources.db'}")
    settings = DataSourcesSettings.model_validate(
        {
            "base_url": "https://party.test",
            "banks": {
                bank: {"name": bank, "secret": secret, "redirect_uris": [BACK]}
                for bank, secret in SECRETS.items()
            },
            "begun_on": BEGUN.date(),
            "people": [known(one) for one in (LI, ZHAO, SUN, CHEN, GAO)],
        }
    )
    app = create_app(settings, store, clock, Parties(HttpClient(), {}))
    async with serving(app, way) as (http, url):
        yield Served(DataSources(http, url, SECRETS, clock), http, url, store, clock)
    store.close()


def about(who: Person, purpose: Any, consent: str = "c-1", **other: str) -> Question:
    proof = ConsentProof(id=consent, purpose=purpose, sha256=HASH)
    return Question.model_validate({"id_number": who.id_number, "name": who.name, "consent": proof, **other})


async def asked(served: Served, source: str, who: Person, bank: str = "hzw", **other: str) -> Any:
    connector = CONNECTORS[source]
    if source == "tax" and "authorisation" not in other:
        found = await served.data.redeem(bank, await agreed(served, who, bank))
        assert (found.name, found.id_number) == (who.name, who.id_number)
        other["authorisation"] = found.reference
    return await served.data.ask(bank, connector, about(who, connector.purpose, **other))


async def agreed(served: Served, who: Person, bank: str = "hzw") -> RedeemCode:
    """The person signs in at the tax bureau's page and agrees; what the browser brings back."""
    query = {
        "response_type": "code",
        "client_id": bank,
        "redirect_uri": BACK,
        "state": "s-1",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
    }
    url = f"{served.url}/tax/authorize?{urlencode(query)}"
    shown = re.findall(r"验证码是 (\d{6})", (await served.http.send("GET", url, repeatable=True)).text)
    form = {"id_number": who.id_number, "code": shown[0], "outcome": "agree"}
    answer = await served.http.send("POST", url, repeatable=False, data=form)
    assert answer.status_code == 303
    address = urlsplit(answer.headers["location"])
    back = parse_qs(address.query)
    assert (f"{address.scheme}://{address.netloc}{address.path}", back["state"]) == (BACK, ["s-1"])
    return RedeemCode(code=back["code"][0], code_verifier=VERIFIER, redirect_uri=BACK)


def test_every_connector_has_its_source() -> None:
    ours = [(each.source, each.path, each.purpose) for each in CONNECTORS.values()]
    assert ours == [(each.name, each.path, each.purpose) for each in SOURCES]


@pytest.mark.parametrize("way", WAYS)
async def test_each_source_answers_what_it_knows(tmp_path: Path, way: str) -> None:
    async with data_sources(tmp_path, way) as served:
        for source in CONNECTORS:
            for who in (LI, ZHAO, SUN, CHEN, GAO):
                record = await asked(served, source, who)
                assert FAULTS not in judged_facts(record, who.name, who.id_number), (source, who.key)
        listed: PreCreditListing = await asked(served, "pre_credit_list", LI)
        report: CreditReport = await asked(served, "credit_bureau", ZHAO)
        cases: CourtCases = await asked(served, "courts", CHEN)
        tax: TaxRecord = await asked(served, "tax", GAO)
        registry = (await asked(served, "registry", GAO)).facts()
        fund = (await asked(served, "housing_fund", SUN)).facts()
        own = (await asked(served, "social_insurance", GAO)).facts()
    assert listed.household is not None
    assert (listed.household.score, listed.household.net_income_fen) == (84, 60_000_00)
    facts = report.facts()
    assert (facts["overdue_months_24"], facts["worst_run_24"], facts["unsecured_lenders"]) == (7, 2, 4)
    assert cases.facts()["open_claims"] == 1
    assert tax.taxpayer is not None
    assert [row.month for row in (tax.taxpayer.months[0], tax.taxpayer.months[-1])] == ["2024-11", "2026-10"]
    assert (tax.facts()["paid_months_24"], tax.facts()["longest_gap_months"]) == (24, 0)
    assert 11_000_00 < tax.facts()["yearly_mean_fen"] < 13_000_00
    assert tax.facts()["revenue_fen"] > tax.facts()["revenue_before_fen"]
    assert registry["credit_code"] == tax.taxpayer.credit_code
    assert (registry["business_months"], registry["active"], registry["representative"]) == (62, True, "高明")
    assert (fund["paying"], fund["months"], fund["yearly_base_fen"]) == (True, 61, 57_600_00)
    assert (fund["by_employer"], fund["months_since_paid"]) == (True, 0)
    assert (own["by_employer"], own["paying"]) == (False, True)


def test_contributions_that_ended_say_how_long_ago() -> None:
    ended = ContributionFile(employer="示例公司", base_fen=4_000_00, since_months_ago=40, until_months_ago=7)
    sun = KnownPerson(name=SUN.name, id_number=SUN.id_number, housing_fund=ended)
    facts = contributions.housing_fund(sun, "hzw", Moment(BEGUN.date(), BEGUN.date())).facts()
    assert (facts["paying"], facts["months_since_paid"], facts["months"]) == (False, 7, 34)


async def test_each_exchange_is_as_written_down(tmp_path: Path) -> None:
    async with data_sources(tmp_path) as served:
        for name, golden in GOLDEN.items():
            found = await replayed(served, golden)
            assert found.status_code == golden["status"], name
            assert fits(golden["answer"], found.json()), (name, found.json())


async def replayed(served: Served, golden: Any) -> Answer:
    """The answer to a golden request, signed as a bank signs it."""
    http = SignedHttp(served.http, "hzw", SECRETS["hzw"].get_secret_value(), served.clock)
    body = dict(golden["request"]["body"])
    if body["authorisation"]:
        body["authorisation"] = (await served.data.redeem("hzw", await agreed(served, GAO))).reference
    headers, content = {"Content-Type": "application/json"}, json.dumps(body)
    return await http.send(
        "POST", served.url + golden["request"]["path"], repeatable=False, headers=headers, content=content
    )


class SigningParty(GoldenParty):
    """Signs what it answers, as a source does."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        secret, own = SECRETS["hzw"].get_secret_value(), request.headers[signed.SIGNATURE]
        headers = signed.sign_answer(secret, own, response.status_code, response.content, BEGUN)
        response.headers.update(headers)
        return response


@pytest.mark.parametrize("source", GOLDEN)
async def test_the_client_asks_and_reads_as_written_down(source: str) -> None:
    golden = GOLDEN[source]
    http = HttpClient(SigningParty(golden))
    data = DataSources(http, "http://party.test", SECRETS, FixedClock(BEGUN))
    question = Question.model_validate(golden["request"]["body"])
    record = await data.ask("hzw", CONNECTORS[source], question)
    assert record.model_dump(mode="json", exclude_unset=True) == golden["answer"]


async def test_a_consent_for_another_purpose_opens_no_source_and_leaves_no_trace(tmp_path: Path) -> None:
    async with data_sources(tmp_path) as served:
        for connector in CONNECTORS.values():
            other = "courts_inquiry" if connector.source != "courts" else "tax_inquiry"
            with pytest.raises(Problem) as refused:
                await served.data.ask("hzw", connector, about(LI, other))
            assert (refused.value.status, refused.value.code) == (403, "consent.wrong_purpose")
        assert served.store.read_now(lambda conn: conn.execute(select(inquiry)).all()) == []


async def test_every_inquiry_is_noted_with_its_consent(tmp_path: Path) -> None:
    async with data_sources(tmp_path) as served:
        await asked(served, "credit_bureau", LI, consent="c-77")
        noted = served.store.read_now(lambda conn: conn.execute(select(inquiry)).one())
    assert (noted.bank_id, noted.id_number, noted.consent_id) == ("hzw", LI.id_number, "c-77")
    assert noted.asked_at == BEGUN


@pytest.mark.parametrize("other", [{"id_number": "11010519491231002X"}, {"name": "李秀"}])
async def test_somebody_unknown_has_empty_files(tmp_path: Path, other: dict[str, str]) -> None:
    async with data_sources(tmp_path) as served:
        known = (await served.data.redeem("hzw", await agreed(served, GAO))).reference
        facts = {
            source: (await asked(served, source, GAO, authorisation=known, **other)).facts()
            for source in CONNECTORS
            # The tax bureau answers nothing about a person who did not authorise.
            if source != "tax" or "name" in other
        }
    assert facts["pre_credit_list"] == {"listed": False}
    bureau = facts["credit_bureau"]
    assert (bureau["overdue_months_24"], bureau["unsecured_lenders"], bureau["hard_queries_6m"]) == (0, 0, 0)
    assert facts["courts"] == {
        "dishonest": False,
        "open_enforcements": 0,
        "open_claims": 0,
        "largest_claim_fen": 0,
    }
    assert facts["housing_fund"] == facts["social_insurance"] == facts.get("tax", {"known": False})
    assert facts["housing_fund"] == {"known": False}
    assert facts["registry"] == {"registered": False}
    assert facts["warnings"]["raised"] is False


async def test_one_banks_list_is_closed_to_another(tmp_path: Path) -> None:
    async with data_sources(tmp_path) as served:
        assert not (await asked(served, "pre_credit_list", LI, "hab")).listed


async def test_histories_age_as_business_time_moves(tmp_path: Path) -> None:
    async with data_sources(tmp_path) as served:

        async def report_on(day: date) -> tuple[int, int]:
            served.clock.at = datetime(day.year, day.month, day.day, 9, tzinfo=CHINA)
            found = (await asked(served, "credit_bureau", ZHAO)).facts()
            return found["overdue_months_24"], found["hard_queries_6m"]

        before = (await asked(served, "tax", GAO)).taxpayer.months
        assert await report_on(date(2027, 1, 31)) == (7, 3)
        after = (await asked(served, "tax", GAO)).taxpayer.months
        assert after[:-2] == before[2:]  # what was declared stays as it was
        assert await report_on(date(2027, 2, 1)) == (6, 3)
        assert await report_on(date(2027, 3, 1)) == (5, 2)
        assert await report_on(date(2028, 5, 1)) == (0, 0)


async def test_a_listing_ends_with_its_validity(tmp_path: Path) -> None:
    async with data_sources(tmp_path) as served:
        served.clock.at = datetime(2027, 9, 25, 9, tzinfo=CHINA)
        assert (await asked(served, "pre_credit_list", LI)).listed
        served.clock.at = datetime(2027, 9, 26, 9, tzinfo=CHINA)
        assert not (await asked(served, "pre_credit_list", LI)).listed


async def test_only_what_is_signed_just_now_is_served_and_believed(tmp_path: Path) -> None:
    async with data_sources(tmp_path) as served:
        path, body = f"{served.url}/courts/cases", about(LI, "courts_inquiry").model_dump_json()
        secret = SECRETS["hzw"].get_secret_value()

        async def refusal(at: datetime = BEGUN, **changed: Any) -> str:
            said = {
                "secret": secret,
                "method": "POST",
                "url": path,
                "body": body.encode(),
                "caller": "hzw",
            } | changed
            headers = {**signed.sign_request(now=at, **said), "Content-Type": "application/json"}
            answer = await served.http.send("POST", path, repeatable=False, headers=headers, content=body)
            return "" if answer.is_success else str(answer.json()["code"])

        assert await refusal() == ""
        for wrong in (
            {"secret": "other"},
            {"body": b"{}"},
            {"url": f"{served.url}/tax/records"},
            {"caller": "xyz"},
        ):
            assert await refusal(**wrong) == "signature.wrong"
        # The clocks of two sides may differ by 10 s and no request is older than a minute (DESIGN.md, section 4).
        ages = {-11: "signature.clock", -10: "", 60: "", 61: "signature.clock"}
        assert {age: await refusal(BEGUN - timedelta(seconds=age)) for age in ages} == ages
        liar = DataSources(served.http, served.url, {"hzw": SecretStr("other")}, served.clock)
        with pytest.raises(Unanswered, match="without a valid signature"):
            await liar.ask("hzw", CONNECTORS["courts"], about(LI, "courts_inquiry"))
        bare = await served.http.send("POST", path, repeatable=False, json={"id_number": LI.id_number})
        assert (bare.status_code, bare.json()["code"]) == (401, "signature.wrong")


async def test_the_tax_bureau_answers_only_what_the_taxpayer_authorised(tmp_path: Path) -> None:
    async with data_sources(tmp_path) as served:
        code = await agreed(served, GAO)
        for wrong in (
            {"code": "other"},
            {"code_verifier": "w" * 43},
            {"redirect_uri": f"{BACK}/x"},
        ):
            spoilt = await agreed(served, GAO)
            with pytest.raises(Problem) as refused:
                await served.data.redeem("hzw", spoilt.model_copy(update=wrong))
            assert refused.value.code == "code.invalid"
        with pytest.raises(Problem):
            await served.data.redeem("hab", await agreed(served, GAO))
        late = await agreed(served, GAO)
        given = await served.data.redeem("hzw", code)
        assert given.valid_until == date(2027, 11, 24)

        async def answers(reference: str | None, who: Person = GAO, bank: str = "hzw") -> bool:
            question = about(who, "tax_inquiry").model_copy(update={"authorisation": reference})
            try:
                await served.data.ask(bank, CONNECTORS["tax"], question)
            except Problem as problem:
                return problem.code != "authorisation.invalid"
            return True

        assert await answers(given.reference)
        refused_ones = [
            await answers(None),
            await answers("other"),
            await answers(given.reference, LI),
            await answers(given.reference, GAO, "hab"),
        ]
        assert not any(refused_ones)
        # A code that comes twice was stolen: what it gave ends.
        with pytest.raises(Problem):
            await served.data.redeem("hzw", code)
        assert not await answers(given.reference)
        served.clock.advance(timedelta(minutes=6))
        with pytest.raises(Problem):
            await served.data.redeem("hzw", late)


async def test_two_thousand_people_are_sound_each_made_alone(tmp_path: Path) -> None:
    people = [generated(index) for index in range(COUNT)]
    assert len({person.id_number for person in people}) == COUNT
    assert all(is_id_number(person.id_number) for person in people)
    assert all(is_uscc(person.business.uscc) for person in people if person.business)
    levels = Counter(person.tax.level for person in people if person.tax)
    assert all(levels[level] > 20 for level in "ABMCD")
    async with data_sources(tmp_path) as served:
        for person in people[::100]:
            question = about(GAO, "registry_inquiry", id_number=person.id_number, name=person.name)
            record = await served.data.ask("hzw", CONNECTORS["registry"], question)
            assert FAULTS not in judged_facts(record, person.name, person.id_number)
            moment = Moment(BEGUN.date(), BEGUN.date())
            for source in SOURCES:
                found = source.answer(person, "hzw", moment)
                assert FAULTS not in judged_facts(found, person.name, person.id_number), (source.name, person)
