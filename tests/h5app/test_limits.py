"""Each limit at its pages: whom it counts, what its answer says, and where it does not stand."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
import structlog
from sqlalchemy import select

from h5app.limits import EVERY_OTHER_PAGE, LIMITS, LOGINS_OF_PERSON, NEVER_LIMITED, PageLimit, limits_at
from h5app.routes import ROUTES
from h5app.sessions import binding_cookie
from h5app.tables import sessions
from partner_adapters.kit.pages.security import csrf_token
from partner_adapters.kit.pages.security.secrets import hash_secret
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.agreeing import agree
from tests.support.houses.scripted_host import ScriptedHost
from tests.support.houses.site import PARTNER, PERSON, Site, Visitor
from tests.support.pages.rooms import customer, login
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
ADDRESS = "127.0.0.1"
BINDING = "b" * 43
PATHS = {
    "draw": "/lines/ln-1/draw",
    "contract_document": "/contracts/ct-1/document",
    "certificate_document": "/loans/lo-1/certificate/document",
    "documents": "/documents",
    "download": "/documents/x",
    "named_download": "/documents/x/y.pdf",
    "complaint_search": "/me/complaints/search",
    "card_check_code": "/card-check/code",
    "complaints": "/me/complaints",
    "visitor_freeze": "/freeze",
    "visitor_freeze_code": "/freeze/code",
    "signed_out": "/signed-out",
    "progress": f"/progress?view={BINDING}",
    EVERY_OTHER_PAGE: "/about",
}
AT = [
    pytest.param(row, where, id=f"{row.name} at {where}")
    for row in LIMITS
    for where in row.at
    if row is not LOGINS_OF_PERSON
]


def played(site: Site) -> None:
    """Let the super-app answer every login at once."""
    access = replace(site.services.partners[PARTNER], identity=ScriptedHost(login("sub-1")))
    site.services.partners[PARTNER] = access  # type: ignore[index]


async def request(site: Site, phone: Visitor, where: str, ref: str | None) -> httpx.Response:
    """Send one request that the row counts. `ref`: of the session, whose token each form needs."""
    method, _, name = ("GET", "", where) if where == EVERY_OTHER_PAGE else where.partition(" ")
    path = f"/{PARTNER}{PATHS.get(name, '/' + name)}"
    token = csrf_token.issue(site.services.signing, ref) if ref else "x"
    typed = {"csrf": token, "number": "1", "phone": "13900000001"} if method == "POST" else None
    return await phone.http.request(method, path, data=typed, headers={"Origin": phone.origin})


@pytest.mark.parametrize(("row", "where"), AT)
async def test_a_page_refuses_one_too_many_and_goes_on_after_the_time(
    pages: Site, row: PageLimit, where: str
) -> None:
    everything(pages.core)
    pages.core.says("POST", "/complaints/search", Problem(404, "case.unknown"))
    played(pages)
    phone, ref = await pages.client(), None
    if row.per == "session":
        ref = await pages.services.store.read(lambda conn: conn.execute(select(sessions.c.ref)).scalar_one())
    else:
        phone.http.cookies.clear()
    phone.http.cookies.set(binding_cookie(pages.services.settings, PARTNER), BINDING)
    keys = {
        "session": str(ref),
        "login cookie": hash_secret(BINDING),
        "address": ADDRESS,
        "guest's address": ADDRESS,
        "partner and address": f"{PARTNER} {ADDRESS}",
        "progress view": hash_secret(BINDING),
    }
    for _ in range(row.most - 1):
        pages.services.counters.count(row, keys[row.per])
    assert (await request(pages, phone, where, ref)).status_code != 429
    refused = await request(pages, phone, where, ref)
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == str(int(row.within.total_seconds()))
    pages.clock.advance(row.within)
    assert (await request(pages, phone, where, ref)).status_code != 429


async def test_a_browser_that_begins_logins_without_end_is_stopped_though_its_cookie_is_new_each_time(
    pages: Site,
) -> None:
    played(pages)
    phone = await pages.client()
    phone.http.cookies.clear()
    full = next(row for row in LIMITS if row.name == "logins_begun")
    cookies = set()
    for _ in range(full.most + 1):  # the first has no cookie yet, and counts for none
        assert (await phone.http.get(f"/{PARTNER}/enter")).status_code == 303
        cookies.add(phone.http.cookies[binding_cookie(pages.services.settings, PARTNER)])
    assert len(cookies) == full.most + 1
    assert (await phone.http.get(f"/{PARTNER}/enter")).status_code == 429
    assert (await (await pages.client()).http.get(f"/{PARTNER}/enter")).status_code == 303


async def test_a_person_who_logs_in_without_end_is_stopped_and_told_until_when(pages: Site) -> None:
    pages.core.says("POST", "/customers", customer(PERSON.customer_id))
    played(pages)
    for _ in range(LOGINS_OF_PERSON.most):
        pages.services.counters.count(LOGINS_OF_PERSON, f"{PARTNER} {PERSON.customer_id}")
    phone = await pages.client()
    phone.http.cookies.clear()
    sent = await phone.http.get(f"/{PARTNER}/enter")
    refused = await agree(phone.http, await phone.http.get(sent.headers["location"]))
    if refused.is_redirect:
        refused = await phone.http.get(refused.headers["location"])
    assert refused.status_code == 429
    assert "您刚才登录了很多次" in refused.text
    assert "10:50:00 以后可以接着办" in refused.text


async def test_a_limit_is_logged_and_counted_and_machines_get_a_problem(pages: Site) -> None:
    phone = await pages.client()
    phone.http.cookies.clear()
    full = next(row for row in LIMITS if row.name == "wrong_launches")
    for _ in range(full.most):
        pages.services.counters.count(full, f"{PARTNER} {ADDRESS}")
    with structlog.testing.capture_logs() as logs:
        answer = await request(pages, phone, "POST launch", None)
    assert (answer.status_code, answer.headers["content-type"]) == (429, "application/problem+json")
    assert answer.json()["params"]["limit"] == full.name
    assert answer.headers["ratelimit-policy"] == '"wrong_launches";q=120;w=60'
    assert {"event": "limit.reached", "kind": full.name, "log_level": "warning"} in logs
    metrics = (await phone.http.get("/metrics")).text
    assert f'h5app_limited_total{{limit="{full.name}"}} 1.0' in metrics


@pytest.mark.parametrize(("gateway", "is_counted"), [(ADDRESS, False), ("203.0.113.0/24", True)])
async def test_the_gateway_of_a_partner_is_no_address_of_a_person(
    pages: Site, gateway: str, is_counted: bool
) -> None:
    access = pages.services.partners[PARTNER]
    behind = access.partner.model_copy(update={"gateways": (gateway,)})
    pages.services.partners[PARTNER] = replace(access, partner=behind)  # type: ignore[index]
    full = next(row for row in LIMITS if row.name == "pages_to_address")
    for _ in range(full.most):
        pages.services.counters.count(full, ADDRESS)
    phone = await pages.client()
    assert ((await phone.get("/about")).status_code == 429) is is_counted


def test_every_row_stands_at_routes_that_are_there_and_none_before_a_repayment() -> None:
    served = {f"{method} {route.name}" for route in ROUTES for method in route.methods or ()}
    named = {where for row in LIMITS for where in row.at} - {EVERY_OTHER_PAGE, *LOGINS_OF_PERSON.at}
    assert named <= served
    assert {route.name for route in ROUTES} >= NEVER_LIMITED
    assert [name for name in sorted(NEVER_LIMITED) if limits_at("GET", name) or limits_at("POST", name)] == []
    assert {where.partition(" ")[2] for where in named}.isdisjoint(NEVER_LIMITED)
