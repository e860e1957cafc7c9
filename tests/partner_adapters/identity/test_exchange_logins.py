"""Logins and face checks at hosts with calls, by the example blocks alone, and what the bank makes of them."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from partner_adapters.identity.errors import Code, IdentityDeclined, IdentityError, IdentityUntrusted
from partner_adapters.identity.exchange.config import ExchangeConfig
from partner_adapters.identity.exchange.flow import Told
from partner_adapters.identity.host import AskBridge, Redirect
from partner_adapters.identity.identity import Company, Person, Statement
from tests.support.houses.exchange import NOW, attempt, pair
from tests.support.houses.small_hosts import ID_NUMBER, NAME, PHONE, USCC, merged, query_of
from tests.support.partner_examples import example_partners

pytestmark = pytest.mark.anyio
ALL = ["haian", "zj", "sfb", "zfb"]
WITH_FACE = ["haian", "zj", "zfb"]


@pytest.mark.parametrize("partner", ALL)
async def test_a_login_names_the_person_and_the_bank_learns_the_same_itself(
    partner: str, tmp_path: Path
) -> None:
    two = pair(partner, tmp_path)
    login = await two.login()
    assert login.identity.holder == Person(NAME, "cn_id_card", ID_NUMBER, PHONE)
    assert login.identity.subject == "user-1"
    assert login.identity.methods == ()
    assert login.identity.verified_at is None
    assert sum(two.host.calls.values()) <= 3
    assert await two.bank.verify_statement(login.statement) == login.identity
    assert await two.bank.verify_evidence(login.statement.evidence) == login.identity


@pytest.mark.parametrize("partner", WITH_FACE)
async def test_a_face_check_says_who_how_and_when_and_the_bank_learns_it_itself(
    partner: str, tmp_path: Path
) -> None:
    two = pair(partner, tmp_path)
    login = await two.login()
    face = await two.login(fresh=True)
    assert face.identity.subject == login.identity.subject
    assert face.identity.methods == ("face",)
    assert face.identity.verified_at == NOW
    assert face.identity.evidence_id
    assert await two.bank.verify_evidence(face.statement.evidence) == face.identity
    # The same statement, written otherwise.
    members = json.loads(face.statement.evidence)
    if "carried" in members:
        members["carried"] = dict(reversed(members["carried"].items()))
    otherwise = json.dumps(dict(reversed(members.items())), indent=1)
    seen = await two.bank.verify_evidence(otherwise)
    assert (seen.evidence_digest == face.identity.evidence_digest, seen.content_digest) == (
        False,
        face.identity.content_digest,
    )


async def test_the_bank_spends_no_ticket_and_asks_nobody_where_the_host_signs(tmp_path: Path) -> None:
    for partner, asked in {"haian": {"userinfo": 1}, "zj": {"getUserInfo": 1}, "zfb": {}}.items():
        two = pair(partner, tmp_path)
        login = await two.login()
        two.host.calls.clear()
        await two.bank.verify_evidence(login.statement.evidence)
        assert two.host.calls == asked


@pytest.mark.parametrize("partner", ["haian", "zfb"])
async def test_the_person_is_sent_to_the_page_that_the_block_describes(partner: str, tmp_path: Path) -> None:
    two = pair(partner, tmp_path)
    tried = attempt(partner)
    way = await two.party.start(tried)
    url = way.url if isinstance(way, Redirect) else way.otherwise
    assert url is not None
    assert url.startswith(two.config.page_origins[0])
    query = query_of(url)
    assert query["redirect_uri"] == tried.redirect_uri
    assert query["state"] == tried.state
    assert "secret" not in url


async def test_what_must_stand_behind_the_hash_stands_there(tmp_path: Path) -> None:
    way = await pair("haian", tmp_path).party.start(attempt("haian"))
    assert isinstance(way, Redirect)
    assert way.url.endswith("#wechat_redirect")


@pytest.mark.parametrize(
    ("partner", "parameter", "state"), [("zj", "ticket", "sp"), ("zfb", "auth_code", "state")]
)
async def test_a_bridge_is_asked_first_and_knows_the_page_for_where_there_is_none(
    partner: str, parameter: str, state: str, tmp_path: Path
) -> None:
    two = pair(partner, tmp_path)
    tried = attempt(partner)
    way = await two.party.start(tried)
    assert isinstance(way, AskBridge)
    assert (way.ability, way.parameter, way.app_id) == ("authTicket", parameter, two.config.app_id)
    assert way.otherwise is not None
    assert query_of(way.otherwise)[state] == tried.state
    # Our own page sends the state along under its own name.
    from_bridge = httpx.QueryParams({parameter: "code-1", "state": tried.state})
    answer = type(two.answer(tried))(str(from_bridge))
    assert two.party.state_of(answer) == tried.state
    assert (await two.party.finish(answer, tried, max_age_s=60)).identity.subject == "user-1"


async def test_what_stands_behind_the_hash_is_known_by_name_and_redeemed_when_it_was_posted(
    tmp_path: Path,
) -> None:
    config = example_partners(tmp_path)["zj"].identity
    assert isinstance(config, ExchangeConfig)
    assert config.face is not None
    flows = {
        name: flow.model_copy(update={"back": flow.back.model_copy(update={"place": "fragment"})})
        for name, flow in config.flows.items()
    }
    two = pair("zj", tmp_path, flows)
    assert two.party.behind_hash == ("ticket", "sp", "certifyId", "certifyError")
    assert (await two.login()).identity.subject == "user-1"
    assert (await two.login(fresh=True)).identity.methods == ("face",)
    assert pair("zj", tmp_path).party.behind_hash == ()


async def test_a_state_behind_a_second_question_mark_is_found(tmp_path: Path) -> None:
    two = pair("sfb", tmp_path)
    tried = attempt("sfb")
    way = await two.party.start(tried)
    assert isinstance(way, AskBridge)
    assert query_of(way.otherwise or "")["backurl"] == f"{tried.redirect_uri}?state={tried.state}"
    assert two.party.state_returns
    assert two.party.state_of(two.answer(tried)) == tried.state


async def test_a_host_without_a_face_check_says_so_before_anybody_is_sent_away(tmp_path: Path) -> None:
    with pytest.raises(IdentityDeclined) as declined:
        await pair("sfb", tmp_path).party.start(attempt("sfb", fresh=True))
    assert declined.value.code == Code.NO_FACE_CHECK


async def test_a_legal_representative_acts_for_a_company(tmp_path: Path) -> None:
    two = pair("zj", tmp_path)

    def as_company(said: dict[str, object]) -> dict[str, object]:
        person = said["personInfo"]
        assert isinstance(person, dict)
        return {
            **said,
            "personInfo": {**person, "userType": "legal"},
            "legalPerson": {"corpName": "海州湾水产有限公司", "uscc": USCC},
        }

    two.host.twists["person"] = as_company
    login = await two.login()
    assert login.identity.holder == Company(
        "海州湾水产有限公司", USCC, Person(NAME, "cn_id_card", ID_NUMBER, PHONE)
    )
    assert await two.bank.verify_statement(login.statement) == login.identity


async def test_a_token_of_the_app_is_fetched_once_and_serves_everybody(tmp_path: Path) -> None:
    two = pair("haian", tmp_path)
    await two.login(fresh=True)
    await two.login(fresh=True, value="check-2")
    assert two.host.calls["token"] == 1


async def test_a_token_of_the_app_that_the_host_dropped_is_fetched_anew(tmp_path: Path) -> None:
    two = pair("haian", tmp_path)
    await two.login(fresh=True)
    two.host.app_tokens += 1  # type: ignore[attr-defined]
    assert (await two.login(fresh=True, value="check-2")).identity.subject == "user-2"
    assert two.host.calls["token"] == 2


async def test_a_code_is_presented_once_even_when_the_answer_is_lost(tmp_path: Path) -> None:
    two = pair("haian", tmp_path)
    two.host.answers["access_token"] = httpx.ReadError("lost")
    with pytest.raises(IdentityError) as lost:
        await two.login()
    assert lost.value.code == Code.UNAVAILABLE
    assert two.host.calls["access_token"] == 1


@pytest.mark.parametrize("partner", WITH_FACE)
async def test_a_login_is_no_face_check_whatever_flow_it_claims(partner: str, tmp_path: Path) -> None:
    two = pair(partner, tmp_path)
    words = json.loads((await two.login()).statement.evidence)
    with pytest.raises(IdentityUntrusted):
        await two.bank.verify_evidence(json.dumps(words | {"flow": "face"}))


async def test_what_is_only_told_says_nothing_of_how_and_when(tmp_path: Path) -> None:
    plain = pair("zj", tmp_path)
    two = pair(
        "zj",
        tmp_path,
        {"login": plain.config.login.model_copy(update={"proof": Told(kind="told")}), "face": None},
    )
    login = await two.login()
    assert login.identity.assurance is None
    seen = await two.bank.verify_statement(login.statement)
    assert seen == login.identity
    assert seen.person.document_number == ID_NUMBER
    claimed = json.loads(login.statement.evidence) | {"methods": ["face"]}
    with pytest.raises(IdentityUntrusted):
        await two.bank.verify_evidence(json.dumps(claimed))


@pytest.mark.parametrize(
    "evidence",
    [
        "",
        "no json at all, but long",
        "[]" * 20,
        '{"flow":"login"}      ',
        '{"flow":"payment","carried":{"token":"t"}}',
        '{"flow":["login"],"carried":{"token":"t"}}',
        '{"flow":"login","carried":{"token":"t","app_secret":"x"}}',
        '{"flow":"login","carried":{"ticket":"t"}}',
        '{"flow":"login","carried":{"token":"a b"}}',
        '{"flow":"login","carried":{"token":7}}',
        '{"flow":"login","carried":{"token":"t"},"extra":1}',
        '{"flow":"login","flow":"login","carried":{"token":"t"}}',
        '{"flow":"login","content":"{}","signature":"x"}',
        '{"flow":"login","carried":{"token":"' + "t" * 9000 + '"}}',
    ],
)
async def test_a_statement_of_another_form_is_refused_before_anybody_is_asked(
    evidence: str, tmp_path: Path
) -> None:
    two = pair("zj", tmp_path)
    with pytest.raises(IdentityUntrusted) as refused:
        await two.bank.verify_evidence(evidence)
    assert refused.value.code == Code.MALFORMED
    assert not two.host.calls


async def test_particulars_beside_a_statement_are_not_believed(tmp_path: Path) -> None:
    two = pair("zj", tmp_path)
    evidence = (await two.login()).statement.evidence
    with pytest.raises(IdentityUntrusted):
        await two.bank.verify_statement(Statement(evidence, '{"name":"王强"}'))


@pytest.mark.parametrize("change", [("cert_no", "cert_nо"), ("李秀英", "王秀英"), ("user-1", "user-2")])
async def test_a_signed_statement_that_was_changed_is_refused_by_the_bank(
    change: tuple[str, str], tmp_path: Path
) -> None:
    two = pair("zfb", tmp_path)
    words = json.loads((await two.login()).statement.evidence)
    words["content"] = words["content"].replace(*change)
    with pytest.raises(IdentityUntrusted) as refused:
        await two.bank.verify_evidence(json.dumps(words))
    assert refused.value.code == Code.BAD_SIGNATURE


async def test_the_bank_refuses_whom_the_block_refuses_whatever_h5app_says(tmp_path: Path) -> None:
    two = pair("zfb", tmp_path)
    two.host.twists["alipay.user.info.share"] = merged(is_virtual="T")
    lenient = two.config.login.steps[-1].model_copy(update={"refuse": ()})
    login = two.config.login.model_copy(update={"steps": (two.config.login.steps[0], lenient)})
    careless = pair("zfb", tmp_path, {"login": login})
    careless.host.twists = two.host.twists
    evidence = (await careless.login()).statement.evidence
    with pytest.raises(IdentityDeclined) as refused:
        await two.bank.verify_evidence(evidence)
    assert refused.value.code == Code.VIRTUAL_ACCOUNT


async def test_a_check_that_was_made_too_long_ago_is_stale(tmp_path: Path) -> None:
    two = pair("zj", tmp_path)
    two.host.twists["check"] = merged(certifyTime=f"{(two.clock.now() - timedelta(seconds=72)):%F %T}")
    with pytest.raises(IdentityUntrusted) as stale:
        await two.login(fresh=True, max_age_s=60)
    assert stale.value.code == Code.STALE
