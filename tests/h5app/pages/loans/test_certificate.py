"""结清证明: one tap on a settled loan's page, readable as text, with the sealed PDF; refused for a loan that owes."""

from __future__ import annotations

import pytest

from partner_adapters.kit.values.problems import Problem
from tests.support.houses.site import Site
from tests.support.pages import samples
from tests.support.pages.scripts import everything
from tests.support.pages.states import states

pytestmark = pytest.mark.anyio
ADDRESS = "/loans/lo-settled/certificate"


@pytest.fixture
def settled(pages: Site) -> Site:
    everything(pages.core)
    states(pages.core)
    return pages


async def test_a_settled_loan_leads_to_its_certificate_in_one_tap(settled: Site) -> None:
    visitor = await settled.client()
    answer = await visitor.send(await visitor.get("/loans/lo-settled"))
    assert answer.headers["location"] == "/lyg/loans/lo-settled/certificate"
    assert len(settled.core.sent(ADDRESS)) == 1
    page = (await visitor.get("/loans/lo-settled/certificate")).text
    for said in (
        "李*英",
        "3207**********1234",
        "3F7K-21QX",
        "2026-0017",
        "¥20,000.00",
        "贰万元整",
        "2026年11月21日",
    ):
        assert said in page
    assert "不欠银行任何款项" in page
    assert "海州湾农村商业银行" in page
    assert '<input type="hidden" name="id" value="lo-settled">' in page


async def test_the_sealed_pdf_opens_in_the_browser(settled: Site) -> None:
    settled.core.says("GET", f"{ADDRESS}/document", b"%PDF-1.7 sealed")
    answer = await (await settled.client()).get("/loans/lo-settled/certificate/document")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'inline; filename="settled.pdf"'
    assert answer.content == b"%PDF-1.7 sealed"


async def test_while_it_is_being_sealed_the_page_says_so_and_offers_no_file(settled: Site) -> None:
    settled.core.says("GET", ADDRESS, samples.settlement_certificate(document_sha256=None))
    page = (await (await settled.client()).get("/loans/lo-settled/certificate")).text
    assert "银行正在盖电子印章" in page
    assert "hx-get" in page
    assert "certificate/document" not in page


@pytest.mark.parametrize("loan", ["lo-1", "lo-overdue"])
async def test_a_loan_that_owes_has_no_certificate(settled: Site, loan: str) -> None:
    settled.core.says("GET", f"/loans/{loan}/certificate", Problem(404, "certificate.not_issued"))
    visitor = await settled.client()
    page = await visitor.get(f"/loans/{loan}")
    assert "开结清证明" not in page.text
    shown = await visitor.get(f"/loans/{loan}/certificate")
    assert shown.headers["location"] == f"/lyg/loans/{loan}"
    refused = await visitor.send(await visitor.get("/loans/lo-settled"), to=f"/loans/{loan}/certificate")
    assert refused.headers["location"] == f"/lyg/loans/{loan}"
    assert settled.core.sent(f"/loans/{loan}/certificate") == []


async def test_another_customers_certificate_is_not_found(settled: Site) -> None:
    assert (await (await settled.client()).get("/loans/lo-7/certificate")).status_code == 404


async def test_a_loan_settled_early_shows_no_instalment_of_nothing(settled: Site) -> None:
    paid, *_ = samples.plan(months=1, paid=1)
    emptied = paid.model_copy(update={"number": 2, "principal_fen": 0, "interest_fen": 0, "total_fen": 0})
    for plan, shows in (([emptied], False), ([paid, emptied], True)):
        settled.core.says("GET", "/loans/lo-settled", samples.loan(state="settled", plan=plan))
        page = (await (await settled.client()).get("/loans/lo-settled")).text
        assert ("还款计划" in page) == shows
        assert "¥0.00" not in page


async def test_where_it_cannot_be_printed_the_page_leads_to_the_counter(settled: Site) -> None:
    case = samples.case("certificate", subject="lo-settled")
    settled.core.says("GET", ADDRESS, samples.settlement_certificate(document_sha256=None, case=case))
    page = (await (await settled.client()).get("/loans/lo-settled/certificate")).text
    assert "请带身份证到任一网点柜面领" in page
    assert "261124-043218" in page
    assert "hx-get" not in page
    assert "certificate/document" not in page
