"""What a host gets wrong, as far as the pages: nobody is logged in, our own words say so, and the next login works."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mock_partners.gov_app import deviations
from mock_partners.gov_app.dialects import points
from mock_partners.worlds.partners import PARTNERS
from tests.contract.test_oidc_refusals import REFUSED
from tests.h5app.entrance import location
from tests.h5app.every_host import Door, every_host, logged_in

pytestmark = pytest.mark.anyio
DIALECT = {partner.id: partner.dialect for partner in PARTNERS}
NOT_HERE = {
    # Of a face check for an action: test_step_up_at_hosts.py, and tests/contract/test_dialect_logins.py.
    *(name for name in points.NAMES if ".face_callback." in name or ".check." in name or ".result." in name),
    # Enough for a login: so people log in to their mobile bank; a company may stay unknown.
    *("push.content.by_password", "launch.claims.company_missing"),
    # Refused in production.
    *("zlb.user.test_user", "zlb.user.test_unsaid"),
    # Discovery is read once an hour.
    *(name for name in deviations.NAMES if name.startswith("discovery.")),
}


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with every_host(tmp_path) as opened:
        yield opened


def misbehaviours(partner: str) -> list[str]:
    dialect = DIALECT[partner]
    names = REFUSED if dialect == "oidc" else [n for n in points.NAMES if n.startswith(f"{dialect}.")]
    return sorted(set(names) - NOT_HERE)


@pytest.mark.parametrize("partner", DIALECT)
async def test_a_host_that_misbehaves_logs_nobody_in_and_never_speaks_on_our_page(
    partner: str, door: Door
) -> None:
    for name in misbehaviours(partner):
        browser = door.browser()
        await door.town.deviate(partner, name)
        answer = await browser.get(await door.back(partner, browser))
        assert answer.status_code in (400, 403, 502, 503), name
        assert not logged_in(browser, partner)
        assert answer.headers["x-request-id"] in answer.text, name
        assert not [word for word in ("alert(1)", "errmsg", "someone-else", "strange") if word in answer.text]
    assert misbehaviours(partner)
    await door.town.deviate(partner)
    browser = door.browser()
    assert location(await browser.get(await door.back(partner, browser))) == f"/{partner}/"
