"""Consents: to exactly the text shown, kept word for word, withdrawn in one call."""

from __future__ import annotations

import hashlib
import json

import pytest
from sqlalchemy import select

from mock_partners.bank.core.customers import consents
from mock_partners.bank.core.customers.tables import consent_text
from partner_adapters.core_bank.consents import ConsentGiven, ConsentText, GiveConsents
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import LI, LIU, TestBank, new_intent

pytestmark = pytest.mark.anyio
PURPOSES = [
    "face_processing",
    "share_with_bank",
    "account_terms",
    "pre_credit_inquiry",
    "credit_bureau_inquiry",
    "courts_inquiry",
]


def given(text: ConsentText, **other: str) -> GiveConsents:
    one = {"purpose": text.purpose, "version": text.version, "sha256": text.sha256} | other
    return GiveConsents(consents=[ConsentGiven.model_validate(one)], session_ref="session-1")


async def test_every_purpose_has_its_text_in_both_languages_naming_the_receiving_bank(bank: TestBank) -> None:
    texts = await bank.client().consents.texts(PURPOSES)
    assert [text.purpose for text in texts] == PURPOSES
    for text in texts:
        assert text.receiver == {"zh": "海州湾农村商业银行", "en": "Haizhou Bay Rural Commercial Bank"}
        assert len(text.body["zh"]) == len(text.body["en"]) >= 5
        assert "海州湾农村商业银行" in "".join(text.body["zh"])
        assert "0518-85500000" in "".join(text.body["zh"] + text.body["en"])
        assert "$" not in text.model_dump_json()
    other = await bank.client("haian").consents.texts(["share_with_bank"])
    assert other[0].title["zh"] == "向海安滨河农村商业银行提供个人信息单独同意书"
    assert other[0].sha256 != texts[1].sha256


async def test_the_hash_is_over_exactly_what_is_shown(bank: TestBank) -> None:
    for text in await bank.client().consents.texts(PURPOSES):
        content = text.model_dump(mode="json", exclude={"sha256"})
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(canonical.encode()).hexdigest() == text.sha256


async def test_consents_are_kept_with_their_text_time_partner_and_session(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    (text,) = await bank.client().consents.texts(["share_with_bank"])
    (made,) = await bank.client().consents.give(customer.customer_id, given(text), new_intent())
    assert (made.sha256, made.partner, made.given_at) == (text.sha256, "lyg", bank.clock.now())
    assert await bank.client().consents.all(customer.customer_id) == [made]
    (kept,) = await bank.store.read(lambda conn: conn.execute(select(consent_text)).all())
    assert ConsentText.model_validate(kept.document) == text


@pytest.mark.parametrize("other", [{"sha256": "0" * 64}, {"version": "2020-01-01"}])
async def test_a_text_that_is_not_the_current_one_is_refused(bank: TestBank, other: dict[str, str]) -> None:
    customer = await bank.customer(LI)
    (text,) = await bank.client().consents.texts(["share_with_bank"])
    with pytest.raises(Problem) as refused:
        await bank.client().consents.give(customer.customer_id, given(text, **other), new_intent())
    assert (refused.value.status, refused.value.code) == (409, "consent.text_changed")
    assert await bank.client().consents.all(customer.customer_id) == []


async def test_an_unknown_purpose_has_no_text(bank: TestBank) -> None:
    with pytest.raises(Problem) as refused:
        await bank.client().consents.texts(["everything"])
    assert (refused.value.status, refused.value.code) == (404, "consent.unknown_purpose")


async def test_a_withdrawn_consent_supports_nothing_and_withdrawing_again_changes_nothing(
    bank: TestBank,
) -> None:
    customer = await bank.customer(LI)
    (consent_id,) = await bank.consents(customer.customer_id, ["courts_inquiry"])

    def required() -> dict[str, object]:
        return dict(
            bank.store.read_now(
                lambda conn: consents.require(
                    conn, bank.context(), customer.customer_id, [consent_id], ["courts_inquiry"]
                )
            )
        )

    assert list(required()) == ["courts_inquiry"]
    withdrawn = await bank.client().consents.withdraw(customer.customer_id, consent_id)
    assert withdrawn.withdrawn_at == bank.clock.now()
    assert await bank.client().consents.withdraw(customer.customer_id, consent_id) == withdrawn
    with pytest.raises(Problem, match=r"consent\.missing"):
        required()


async def test_one_customers_consent_is_not_anothers(bank: TestBank) -> None:
    customer, other = await bank.customer(LI), await bank.customer(LIU)
    ids = await bank.consents(customer.customer_id, ["courts_inquiry"])
    with pytest.raises(Problem, match=r"consent\.missing"):
        bank.store.read_now(
            lambda conn: consents.require(conn, bank.context(), other.customer_id, ids, ["courts_inquiry"])
        )
    with pytest.raises(Problem) as refused:
        await bank.client().consents.withdraw(other.customer_id, ids[0])
    assert (refused.value.status, refused.value.code) == (404, "consent.unknown")


async def test_the_same_intent_gives_the_same_consents(bank: TestBank) -> None:
    customer, intent = await bank.customer(LI), new_intent()
    (text,) = await bank.client().consents.texts(["courts_inquiry"])
    first = await bank.client().consents.give(customer.customer_id, given(text), intent)
    assert await bank.client().consents.give(customer.customer_id, given(text), intent) == first
    assert len(await bank.client().consents.all(customer.customer_id)) == 1
