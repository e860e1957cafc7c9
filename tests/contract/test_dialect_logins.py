"""Both sides of each host's wire: our adapters, by the world's configuration, against the mock's servers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from mock_partners.gov_app.dialects import points
from mock_partners.worlds.partners import PARTNERS
from partner_adapters.identity.errors import Code, IdentityError
from tests.dialects import BASE, Hosts, hosts

pytestmark = pytest.mark.anyio
DIALECT = {partner.id: partner.dialect for partner in PARTNERS if partner.dialect != "oidc"}
PARTNER = {dialect: partner for partner, dialect in DIALECT.items()}
WITH_FACE = [partner for partner in DIALECT if partner != "sfb"]
FACE_POINTS = ("face_callback", "result", "check")
NOT_YET = ("push", "launch")
"""Of these hosts our side is not there yet."""
SAYS_LESS = {
    "wechat.result.time_missing": (("face",), False),
    "zlb.check.time_missing": (("face",), False),
    "zlb.check.type_weak": ((), True),
}
"""What is then known of a check: methods, and whether its time. The policy of an action asks for both."""
IN_PRODUCTION = frozenset({"zlb.user.test_user", "zlb.user.test_unsaid"})


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Hosts]:
    async with hosts(tmp_path) as running:
        yield running


@pytest.mark.parametrize("partner", DIALECT)
async def test_a_login_says_the_same_person_to_us_and_to_the_bank(partner: str, town: Hosts) -> None:
    login = await town.login(partner)
    user = town.settings.hosts[partner].users[0]
    person = login.identity.person
    assert (person.name, person.document_number) == (user.name, user.id_number)
    assert (person.phone or "").endswith(user.phone)
    assert sum(town.transport.calls.values()) <= 3
    seen = await town.seen(partner, login)
    assert (seen.subject, seen.holder) == (login.identity.subject, login.identity.holder)


@pytest.mark.parametrize("partner", WITH_FACE)
async def test_a_face_check_names_the_same_subject_and_its_time(partner: str, town: Hosts) -> None:
    login, check = await town.login(partner), await town.login(partner, fresh=True)
    assert check.identity.subject == login.identity.subject
    assert check.identity.methods == ("face",)
    assert check.identity.verified_at is not None
    assert abs(check.identity.verified_at - town.clock.wall()) < timedelta(seconds=2)
    seen = await town.seen(partner, check)
    assert (seen.subject, seen.verified_at) == (check.identity.subject, check.identity.verified_at)


@pytest.mark.parametrize("partner", DIALECT)
async def test_a_code_is_good_once(partner: str, town: Hosts) -> None:
    answer, tried = await town.back(partner)
    await town.party(partner).finish(answer, tried, max_age_s=300)
    with pytest.raises(IdentityError) as refusal:
        await town.party(partner).finish(answer, tried, max_age_s=300)
    assert refusal.value.code == Code.CODE_REPLAYED


@pytest.mark.parametrize("partner", DIALECT)
async def test_a_code_is_good_for_a_minute(partner: str, town: Hosts) -> None:
    answer, tried = await town.back(partner)
    town.clock.advance(timedelta(seconds=61))
    town.ours.advance(timedelta(seconds=61))
    with pytest.raises(IdentityError) as refusal:
        await town.party(partner).finish(answer, tried, max_age_s=300)
    assert refusal.value.code == Code.CODE_REPLAYED


@pytest.mark.parametrize("partner", ["zj", "sfb", "zfb"])
async def test_a_clock_of_ours_that_is_two_minutes_off_is_refused(partner: str, town: Hosts) -> None:
    answer, tried = await town.back(partner)
    town.ours.advance(timedelta(seconds=120))
    with pytest.raises(IdentityError) as refusal:
        await town.party(partner).finish(answer, tried, max_age_s=300)
    assert refusal.value.code == Code.REFUSED


@pytest.mark.parametrize("partner", WITH_FACE)
@pytest.mark.parametrize(("outcome", "code"), [("cancel", Code.CANCELLED), ("fail", Code.FACE_FAILED)])
async def test_who_does_not_pass_is_told_apart_from_who_goes_back(
    partner: str, outcome: str, code: Code, town: Hosts
) -> None:
    answer, tried = await town.back(partner, fresh=True, outcome=outcome)
    with pytest.raises(IdentityError) as refusal:
        await town.party(partner).finish(answer, tried, max_age_s=300)
    assert refusal.value.code == code


@pytest.mark.parametrize("partner", DIALECT)
async def test_who_says_no_is_not_logged_in(partner: str, town: Hosts) -> None:
    answer, tried = await town.back(partner, outcome="cancel")
    with pytest.raises(IdentityError) as refusal:
        await town.party(partner).finish(answer, tried, max_age_s=300)
    assert refusal.value.code == Code.CANCELLED


@pytest.mark.parametrize(
    "name", sorted(name for name in points.NAMES - set(SAYS_LESS) if not name.startswith(NOT_YET))
)
async def test_a_host_that_misbehaves_vouches_for_nobody(name: str, town: Hosts) -> None:
    dialect, point = name.split(".")[:2]
    partner, fresh = PARTNER[dialect], point in FACE_POINTS
    if name in IN_PRODUCTION:
        town.in_production(partner)
    mine = (await town.login(partner)).identity.subject
    await town.deviate(partner, name)
    try:
        login = await town.login(partner, fresh=fresh)
    except IdentityError:
        pass
    else:
        # A face check of somebody else is well-formed: it is refused where it meets the session.
        assert name.endswith("_other")
        assert fresh
        assert login.identity.subject != mine
    # Nothing wrong was remembered.
    assert (await town.login(partner, fresh=fresh)).identity.subject == mine


@pytest.mark.parametrize("name", SAYS_LESS)
async def test_what_a_host_does_not_say_of_a_check_stays_unknown(name: str, town: Hosts) -> None:
    partner = PARTNER[name.split(".")[0]]
    await town.deviate(partner, name)
    identity = (await town.login(partner, fresh=True)).identity
    assert (identity.methods, identity.verified_at is not None) == SAYS_LESS[name]


async def test_there_is_no_other_dialect_behind_a_host(town: Hosts) -> None:
    for path in (
        "haian/authorize",
        "haian/jwks",
        "zj/oauth2/authorize",
        "lyg/gateway",
        "nowhere/",
        "sfb/gateway.do",
    ):
        assert (await town.browser.get(f"{BASE}/{path}")).status_code == 404
