"""A company's host: the person is told on every page that they borrow themselves, and company loans are refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.houses.scripted_host import ScriptedHost
from tests.support.houses.site import PARTNER, Site
from tests.support.pages import samples
from tests.support.pages.rooms import customer, login
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
COMPANY = "示例县海州湾水产品加工专业合作社"
OWES = "是您本人（李*英）借、您本人还，不是企业借款"
PRODUCT = "/credit/sunshine_e_micro"


@pytest.mark.parametrize("company", [COMPANY, ""], ids=["named", "unnamed"])
@pytest.mark.parametrize("path", ["/", PRODUCT, "/contracts/ct-1", "/lines/ln-1/draw", "/loans/lo-1"])
async def test_who_came_from_a_companys_host_is_told_who_owes(pages: Site, path: str, company: str) -> None:
    everything(pages.core)
    page = (await (await pages.client(company=company)).get(path)).text
    assert OWES in page
    assert page.index(OWES) < page.index("<h1")


async def test_who_came_for_themselves_is_not_told(pages: Site) -> None:
    everything(pages.core)
    assert "不是企业借款" not in (await (await pages.client()).get("/")).text


@pytest.mark.parametrize("company", [COMPANY, None])
async def test_what_the_host_said_of_a_company_is_kept_with_the_session(
    pages: Site, company: str | None
) -> None:
    everything(pages.core)
    pages.core.says("POST", "/customers", customer("cu-1"))
    access = pages.services.partners[PARTNER]
    host = ScriptedHost(login("sub-1", company=company))
    pages.services.partners[PARTNER] = replace(access, identity=host)  # type: ignore[index]
    visitor = await pages.client()
    visitor.http.cookies.clear()
    visitor.http.follow_redirects = True
    arrived = await visitor.get("/enter?pushed=what-the-host-pushed")
    named = await visitor.send(arrived, answer="agree")
    home = await visitor.send(named)
    assert home.status_code == 200
    assert (OWES in home.text) == (company is not None)


async def test_a_loan_for_companies_is_not_applied_for_by_a_person(pages: Site) -> None:
    everything(pages.core)
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview())
    pages.core.says("GET", "/products/sunshine_e_micro", samples.product(customers=["company"]))
    visitor = await pages.client(company=COMPANY)
    page = (await visitor.get(PRODUCT)).text
    assert "要由企业借、企业还" in page
    assert "/lyg/apply/" not in page
    answer = await visitor.get("/apply/sunshine_e_micro/amount")
    assert answer.headers["location"] == f"/lyg{PRODUCT}"
