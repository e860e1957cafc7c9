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
from mock_partners.outside.data_sources.tables import inquiry
from mock_partners.testing.people.personas import Person, person
from mock_partners.testing.registrations.parties import known
from partner_adapters.data.client import DataSources
from partner_adapters.data.wire import ConsentProof, Question
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.values.clock import CHINA, FixedClock
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import HttpClient
from partner_adapters.kit.web.parties import Parties
from tests.contract.golden import GoldenParty, exchanges, fits, play
from tests.support.houses.serving import WAYS, serving

pytestmark = pytest.mark.anyio
LI, ZHAO, SUN, CHEN = (person(key) for key in ("li_xiuying", "zhao_min", "sun_li", "chen_jianguo"))
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
        {"begun_on": BEGUN.date(), "people": [known(one) for one in (LI, ZHAO, SUN, CHEN)]}
    )
    app = create_app(settings, store, clock, Parties(HttpClient(), {}))
    async with serving(app, way) as (http, url):
        yield Served(DataSources(http, url), http, url, store, clock)
    store.close()


def about(who: Person, purpose: Any, consent: str = "c-1", **other: str) -> Question:
    proof = ConsentProof(id=consent, purpose=purpose, sha256=HASH)
    return Question(**{"id_number": who.id_number, "name": who.name, **other}, consent=proof)


@pytest.mark.parametrize("way", WAYS)
async def test_each_source_answers_what_it_knows(tmp_path: Path, way: str) -> None:
    async with data_sources(tmp_path, way) as served:
        listed = await served.data.pre_credit_list("hzw", about(LI, "pre_credit_inquiry"))
        report = await served.data.credit_report("hzw", about(ZHAO, "credit_bureau_inquiry"))
        cases = await served.data.court_cases("hzw", about(CHEN, "courts_inquiry"))
    assert listed.household is not None
    assert (listed.household.score, listed.household.net_income_fen) == (84, 60_000_00)
    assert (report.overdue_months_24, report.worst_run_24, report.unsecured_lenders) == (7, 2, 4)
    assert cases.material_defendant == 1


async def test_each_exchange_is_as_written_down(tmp_path: Path) -> None:
    async with data_sources(tmp_path) as served:
        for name, golden in GOLDEN.items():
            response = await play(served.http, served.url, golden)
            assert response.status_code == golden["status"], name
            assert fits(golden["answer"], response.json()), (name, response.json())


async def test_the_client_asks_and_reads_as_written_down() -> None:
    def data(name: str) -> DataSources:
        return DataSources(HttpClient(GoldenParty(GOLDEN[name])), "http://party.test")

    listing = await data("pre_credit_list").pre_credit_list("hzw", about(LI, "pre_credit_inquiry"))
    assert listing.household is not None
    assert listing.household.existing_debt_fen == 10_000_00
    report = await data("credit_report").credit_report("hzw", about(ZHAO, "credit_bureau_inquiry", "c-2"))
    assert report.overdue_history[0].month == "2026-05"
    cases = await data("court_cases").court_cases("hzw", about(CHEN, "courts_inquiry", "c-3"))
    assert cases.as_of == date(2026, 11, 24)


async def test_a_consent_for_another_purpose_opens_no_source_and_leaves_no_trace(tmp_path: Path) -> None:
    async with data_sources(tmp_path) as served:
        for ask, purpose in (
            (served.data.pre_credit_list, "credit_bureau_inquiry"),
            (served.data.credit_report, "courts_inquiry"),
            (served.data.court_cases, "pre_credit_inquiry"),
        ):
            with pytest.raises(Problem) as refused:
                await ask("hzw", about(LI, purpose))
            assert (refused.value.status, refused.value.code) == (403, "consent.wrong_purpose")
        assert served.store.read_now(lambda conn: conn.execute(select(inquiry)).all()) == []


async def test_every_inquiry_is_noted_with_its_consent(tmp_path: Path) -> None:
    async with data_sources(tmp_path) as served:
        await served.data.credit_report("hzw", about(LI, "credit_bureau_inquiry", "c-77"))
        noted = served.store.read_now(lambda conn: conn.execute(select(inquiry)).one())
    assert (noted.bank_id, noted.id_number, noted.consent_id) == ("hzw", LI.id_number, "c-77")
    assert noted.asked_at == BEGUN


@pytest.mark.parametrize("other", [{"id_number": "11010519491231002X"}, {"name": "李秀"}])
async def test_somebody_unknown_has_empty_files(tmp_path: Path, other: dict[str, str]) -> None:
    async with data_sources(tmp_path) as served:
        listed = await served.data.pre_credit_list("hzw", about(LI, "pre_credit_inquiry", **other))
        report = await served.data.credit_report("hzw", about(ZHAO, "credit_bureau_inquiry", **other))
        cases = await served.data.court_cases("hzw", about(CHEN, "courts_inquiry", **other))
    assert (listed.listed, listed.household) == (False, None)
    assert (report.overdue_months_24, report.unsecured_lenders, report.overdue_history) == (0, 0, [])
    assert (cases.dishonest, cases.open_enforcements, cases.material_defendant) == (False, 0, 0)


async def test_one_banks_list_is_closed_to_another(tmp_path: Path) -> None:
    async with data_sources(tmp_path) as served:
        assert not (await served.data.pre_credit_list("hab", about(LI, "pre_credit_inquiry"))).listed


async def test_histories_age_as_business_time_moves(tmp_path: Path) -> None:
    async with data_sources(tmp_path) as served:

        async def report_on(day: date) -> tuple[int, int]:
            served.clock.at = datetime(day.year, day.month, day.day, 9, tzinfo=CHINA)
            found = await served.data.credit_report("hzw", about(ZHAO, "credit_bureau_inquiry"))
            return found.overdue_months_24, found.hard_queries_6m

        assert await report_on(date(2027, 1, 31)) == (7, 3)
        assert await report_on(date(2027, 2, 1)) == (6, 3)
        assert await report_on(date(2027, 3, 1)) == (5, 2)
        assert await report_on(date(2028, 5, 1)) == (0, 0)


async def test_a_listing_ends_with_its_validity(tmp_path: Path) -> None:
    async with data_sources(tmp_path) as served:
        served.clock.at = datetime(2027, 9, 25, 9, tzinfo=CHINA)
        assert (await served.data.pre_credit_list("hzw", about(LI, "pre_credit_inquiry"))).listed
        served.clock.at = datetime(2027, 9, 26, 9, tzinfo=CHINA)
        assert not (await served.data.pre_credit_list("hzw", about(LI, "pre_credit_inquiry"))).listed


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
