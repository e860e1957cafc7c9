from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from mock_partners.outside.data_sources.app import create_app
from mock_partners.outside.data_sources.settings import DataSourcesSettings
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
from partner_adapters.data.wire import ConsentProof, Question
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.values.clock import CHINA, FixedClock
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import HttpClient
from partner_adapters.kit.web.parties import Parties
from tests.contract.golden import GoldenParty, exchanges, fits, play
from tests.support.houses.serving import WAYS, serving

pytestmark = pytest.mark.anyio
KEYS = ("li_xiuying", "zhao_min", "sun_li", "chen_jianguo", "gao_ming")
LI, ZHAO, SUN, CHEN, GAO = (person(key) for key in KEYS)
GOLDEN = exchanges("data_sources")
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
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
        {"begun_on": BEGUN.date(), "people": [known(one) for one in (LI, ZHAO, SUN, CHEN, GAO)]}
    )
    app = create_app(settings, store, clock, Parties(HttpClient(), {}))
    async with serving(app, way) as (http, url):
        yield Served(DataSources(http, url), http, url, store, clock)
    store.close()


def about(who: Person, purpose: Any, consent: str = "c-1", **other: str) -> Question:
    proof = ConsentProof(id=consent, purpose=purpose, sha256=HASH)
    return Question(**{"id_number": who.id_number, "name": who.name, **other}, consent=proof)


async def asked(data: DataSources, source: str, who: Person, bank: str = "hzw", **other: str) -> Any:
    connector = CONNECTORS[source]
    return await data.ask(bank, connector, about(who, connector.purpose, **other))


def test_every_connector_has_its_source() -> None:
    ours = [(each.source, each.path, each.purpose) for each in CONNECTORS.values()]
    assert ours == [(each.name, each.path, each.purpose) for each in SOURCES]


@pytest.mark.parametrize("way", WAYS)
async def test_each_source_answers_what_it_knows(tmp_path: Path, way: str) -> None:
    async with data_sources(tmp_path, way) as served:
        for source in CONNECTORS:
            for who in (LI, ZHAO, SUN, CHEN, GAO):
                record = await asked(served.data, source, who)
                assert FAULTS not in judged_facts(record, who.name, who.id_number), (source, who.key)
        listed: PreCreditListing = await asked(served.data, "pre_credit_list", LI)
        report: CreditReport = await asked(served.data, "credit_bureau", ZHAO)
        cases: CourtCases = await asked(served.data, "courts", CHEN)
        tax: TaxRecord = await asked(served.data, "tax", GAO)
        registry = (await asked(served.data, "registry", GAO)).facts()
        fund = (await asked(served.data, "housing_fund", SUN)).facts()
    assert listed.household is not None
    assert (listed.household.score, listed.household.net_income_fen) == (84, 60_000_00)
    facts = report.facts()
    assert (facts["overdue_months_24"], facts["worst_run_24"], facts["unsecured_lenders"]) == (7, 2, 4)
    assert cases.facts()["material_defendant"] == 1
    assert tax.taxpayer is not None
    assert [row.month for row in (tax.taxpayer.months[0], tax.taxpayer.months[-1])] == ["2024-11", "2026-10"]
    assert (tax.facts()["paid_months_24"], tax.facts()["longest_gap_months"]) == (24, 0)
    assert 11_000_00 < tax.facts()["yearly_mean_fen"] < 13_000_00
    assert tax.facts()["revenue_fen"] > tax.facts()["revenue_before_fen"]
    assert registry["credit_code"] == tax.taxpayer.credit_code
    assert (registry["business_months"], registry["active"], registry["representative"]) == (62, True, "高明")
    assert (fund["paying"], fund["months"]) == (True, 61)


async def test_each_exchange_is_as_written_down(tmp_path: Path) -> None:
    async with data_sources(tmp_path) as served:
        for name, golden in GOLDEN.items():
            response = await play(served.http, served.url, golden)
            assert response.status_code == golden["status"], name
            assert fits(golden["answer"], response.json()), (name, response.json())


@pytest.mark.parametrize("source", GOLDEN)
async def test_the_client_asks_and_reads_as_written_down(source: str) -> None:
    golden = GOLDEN[source]
    data = DataSources(HttpClient(GoldenParty(golden)), "http://party.test")
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
        await asked(served.data, "credit_bureau", LI, consent="c-77")
        noted = served.store.read_now(lambda conn: conn.execute(select(inquiry)).one())
    assert (noted.bank_id, noted.id_number, noted.consent_id) == ("hzw", LI.id_number, "c-77")
    assert noted.asked_at == BEGUN


@pytest.mark.parametrize("other", [{"id_number": "11010519491231002X"}, {"name": "李秀"}])
async def test_somebody_unknown_has_empty_files(tmp_path: Path, other: dict[str, str]) -> None:
    async with data_sources(tmp_path) as served:
        facts = {source: (await asked(served.data, source, GAO, **other)).facts() for source in CONNECTORS}
    assert facts["pre_credit_list"] == {"listed": False}
    bureau = facts["credit_bureau"]
    assert (bureau["overdue_months_24"], bureau["unsecured_lenders"], bureau["hard_queries_6m"]) == (0, 0, 0)
    assert facts["courts"] == {"dishonest": False, "open_enforcements": 0, "material_defendant": 0}
    assert facts["tax"] == facts["housing_fund"] == facts["social_insurance"] == {"known": False}
    assert facts["registry"] == {"registered": False}
    assert facts["warnings"]["raised"] is False


async def test_one_banks_list_is_closed_to_another(tmp_path: Path) -> None:
    async with data_sources(tmp_path) as served:
        assert not (await asked(served.data, "pre_credit_list", LI, "hab")).listed


async def test_histories_age_as_business_time_moves(tmp_path: Path) -> None:
    async with data_sources(tmp_path) as served:

        async def report_on(day: date) -> tuple[int, int]:
            served.clock.at = datetime(day.year, day.month, day.day, 9, tzinfo=CHINA)
            found = (await asked(served.data, "credit_bureau", ZHAO)).facts()
            return found["overdue_months_24"], found["hard_queries_6m"]

        before = (await asked(served.data, "tax", GAO)).taxpayer.months
        assert await report_on(date(2027, 1, 31)) == (7, 3)
        after = (await asked(served.data, "tax", GAO)).taxpayer.months
        assert after[:-2] == before[2:]  # what was declared stays as it was
        assert await report_on(date(2027, 2, 1)) == (6, 3)
        assert await report_on(date(2027, 3, 1)) == (5, 2)
        assert await report_on(date(2028, 5, 1)) == (0, 0)


async def test_a_listing_ends_with_its_validity(tmp_path: Path) -> None:
    async with data_sources(tmp_path) as served:
        served.clock.at = datetime(2027, 9, 25, 9, tzinfo=CHINA)
        assert (await asked(served.data, "pre_credit_list", LI)).listed
        served.clock.at = datetime(2027, 9, 26, 9, tzinfo=CHINA)
        assert not (await asked(served.data, "pre_credit_list", LI)).listed


async def test_a_question_without_bank_or_consent_is_refused(tmp_path: Path) -> None:
    async with data_sources(tmp_path) as served:
        path, whole = f"{served.url}/credit-bureau/reports", about(LI, "credit_bureau_inquiry")
        unsigned = await served.http.send("POST", path, repeatable=False, content=whole.model_dump_json())
        assert (unsigned.status_code, unsigned.json()["code"]) == (400, "bank.missing")
        bare = await served.http.send(
            "POST",
            path,
            repeatable=False,
            headers={"Sunbridge-Bank": "hzw"},
            json={"id_number": LI.id_number, "name": LI.name},
        )
        assert (bare.status_code, bare.json()["errors"][0]["field"]) == (422, "consent")
