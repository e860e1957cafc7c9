"""Both sides of each host's wire: our adapters, by the world's configuration, against the mock's servers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from starlette.datastructures import QueryParams

from mock_partners.outside.gov_app import deviations, dialect_deviations
from mock_partners.testing.registrations.partners import PARTNERS
from partner_adapters.identity.errors import Code, IdentityError
from partner_adapters.identity.identity import Company
from partner_adapters.identity.policy import StepUpPolicy, accept
from partner_adapters.kit.values.check_digits import is_uscc
from tests.support.houses.dialects import BASE, Hosts, hosts

pytestmark = pytest.mark.anyio
CHANNELS = ["mbank", "ebank"]
ALL = {partner.id: partner.dialect for partner in PARTNERS if partner.dialect != "oidc"}
DIALECT = {partner: dialect for partner, dialect in ALL.items() if partner not in CHANNELS}
PARTNER = {dialect: partner for partner, dialect in ALL.items()}
WITH_FACE = [partner for partner in DIALECT if partner != "sfb"]
FACE_POINTS = ("face_callback", "result", "check")
# The bank's own channels: what they misbehave is tried with a face check.
BRINGS = ("push", "launch")
SIGNING = set(deviations.SIGNING) - {"sign.without_kid"}
# What is then known of a check: methods, and whether its time. The policy of an action asks for both.
SAYS_LESS = {
    "wechat.result.time_missing": (("face",), False),
    "zlb.check.time_missing": (("face",), False),
    "zlb.check.type_weak": ((), True),
}
NO_COMPANY = "launch.claims.company_missing"
IN_PRODUCTION = frozenset({"zlb.user.test_user", "zlb.user.test_unsaid"})


@pytest.fixture(scope="module")
async def standing(anyio_backend: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hosts]:
    # Shared because to set the hosts up takes longer than most tests here.
    async with hosts(tmp_path_factory.mktemp("hosts")) as running:
        yield running


@pytest.fixture
async def town(standing: Hosts) -> AsyncIterator[Hosts]:
    yield standing
    await standing.put_back()


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
    "name", sorted(name for name in dialect_deviations.NAMES - set(SAYS_LESS) if not name.startswith(BRINGS))
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
        # A face check of another person is well-formed. It is refused where it is compared with the session.
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


@pytest.mark.parametrize("partner", CHANNELS)
async def test_a_channel_of_the_bank_says_the_same_to_us_and_to_the_bank(partner: str, town: Hosts) -> None:
    check = await town.login(partner, fresh=True)
    user = town.settings.hosts[partner].users[0]
    assert (check.identity.person.name, check.identity.methods) == (user.name, ("face",))
    seen = await town.seen(partner, check)
    assert (seen.holder, seen.verified_at) == (check.identity.holder, check.identity.verified_at)


async def test_the_corporate_bank_names_company_and_representative(town: Hosts) -> None:
    holder = (await town.login("ebank", fresh=True)).identity.holder
    assert isinstance(holder, Company)
    assert (holder.name, holder.representative.name) == ("海安示例纺织有限公司", "徐海峰")
    assert holder.credit_code is not None
    assert is_uscc(holder.credit_code)


async def test_a_company_that_the_corporate_bank_does_not_name_stays_unknown(town: Hosts) -> None:
    await town.deviate("ebank", NO_COMPANY)
    holder = (await town.login("ebank", fresh=True)).identity.holder
    assert isinstance(holder, Company)
    assert (holder.name, holder.credit_code) == (None, None)


async def test_the_tile_of_the_mobile_bank_opens_us_with_a_sealed_text_made_anew(town: Hosts) -> None:
    user = town.settings.hosts["mbank"].users[0]
    await town.browser.post(f"{BASE}/mbank/me/person", data={"person": user.key})
    home = await town.browser.get(f"{BASE}/mbank/")
    assert 'href="/main/mbank/open"' in home.text
    pushed = [
        QueryParams((await town.browser.get(f"{BASE}/mbank/open")).headers["location"].partition("?")[2])["p"]
        for _ in range(2)
    ]
    assert pushed[0] != pushed[1]
    login = await town.party("mbank").receive(pushed[0])
    assert (login.identity.person.document_number, login.identity.methods) == (user.id_number, ("pwd",))


@pytest.mark.parametrize(
    ("partner", "name"),
    [
        *(("mbank", name) for name in sorted(dialect_deviations.NAMES) if name.startswith("push.")),
        *(
            ("ebank", name)
            for name in sorted(dialect_deviations.NAMES - {NO_COMPANY})
            if name.startswith("launch.")
        ),
        *(("ebank", name) for name in sorted(SIGNING)),
    ],
)
async def test_a_channel_that_misbehaves_vouches_for_nobody(partner: str, name: str, town: Hosts) -> None:
    await town.deviate(partner, name)
    try:
        login = await town.login(partner, fresh=True)
        # Well-formed, but not what an action needs.
        accept(StepUpPolicy().drawdown, (await town.seen(partner, login)).check, town.clock.wall())
    except IdentityError:
        pass
    else:
        pytest.fail("believed")
    assert (await town.login(partner, fresh=True)).identity.methods == ("face",)


@pytest.mark.parametrize("broken", [True, False])
async def test_an_app_secret_in_an_address_stands_in_no_error_and_no_log(
    broken: bool, town: Hosts, capsys: pytest.CaptureFixture[str]
) -> None:
    """WeChat's way; lost on the way, and refused."""
    secret = town.configs["haian"].identity.app_secret.get_secret_value()
    answer, tried = await town.back("haian")
    path = "/main/haian/oauth2/access_token"
    if broken:
        town.transport.broken.add(path)
    else:
        town.transport.answers[path] = httpx.Response(400, json={"errcode": 40125, "errmsg": secret})
    with pytest.raises(IdentityError) as refusal:
        await town.party("haian").finish(answer, tried, max_age_s=300)
    assert town.transport.sent[-1].url.params["secret"] == secret
    told: list[BaseException] = [refusal.value]
    while told[-1].__cause__ is not None:
        told.append(told[-1].__cause__)
    assert not [error for error in told if secret in repr(error) + str(error)]
    shown = capsys.readouterr()
    assert secret not in shown.out + shown.err


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
