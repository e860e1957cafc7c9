"""Consents: to exactly the text shown, kept word for word, withdrawn in one call."""

from __future__ import annotations

import hashlib
import json

import pytest
from sqlalchemy import Connection, insert, select

from mock_partners.bank.core.customers import consents
from mock_partners.bank.core.customers.tables import consent as consent_table
from mock_partners.bank.core.customers.tables import consent_text
from partner_adapters.core_bank.consents import ConsentGiven, ConsentText, GiveConsents
from partner_adapters.core_bank.pre_credit import CheckPreCredit
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
    other = await bank.client("haian").consents.texts(["share_with_bank"])
    assert other[0].title["zh"] == "向海安滨河农村商业银行提供个人信息单独同意书"
    assert other[0].sha256 != texts[1].sha256


async def test_a_consent_on_which_a_check_before_an_application_rests_names_that_check(
    bank: TestBank,
) -> None:
    products = await bank.client().products.all()
    used = sorted({purpose for product in products for purpose in product.offer_consents})
    assert used == ["registry_inquiry", "tax_inquiry", "warnings_inquiry"]
    for text in await bank.client().consents.texts([*used, "pre_credit_inquiry"]):
        assert "为了告诉您可能借到多少" in text.body["zh"][0], text.purpose
        assert "how much you may be able to borrow" in text.body["en"][0], text.purpose
        assert "海州湾农村商业银行" in "".join(text.body["zh"])
        assert "0518-85500000" in "".join(text.body["zh"] + text.body["en"])
        assert "$" not in text.model_dump_json()


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
    assert await bank.given(customer.customer_id) == ["share_with_bank"]


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
    assert await bank.given(customer.customer_id) == ["courts_inquiry", "share_with_bank"]


async def test_the_same_consent_given_twice_is_one_row(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    (first,) = await bank.consents(customer.customer_id, ["courts_inquiry"])
    assert await bank.consents(customer.customer_id, ["courts_inquiry"]) == [first]
    assert await bank.given(customer.customer_id) == ["courts_inquiry", "share_with_bank"]
    await bank.client().consents.withdraw(customer.customer_id, first)
    (second,) = await bank.consents(customer.customer_id, ["courts_inquiry"])
    assert second != first


async def test_a_consent_is_shown_with_the_text_that_was_agreed_to(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    (text,) = await bank.client().consents.texts(["courts_inquiry"])
    (consent_id,) = await bank.consents(customer.customer_id, ["courts_inquiry"])
    shown = await bank.client().consents.get(customer.customer_id, consent_id)
    assert (shown.consent_id, shown.body, shown.scope) == (consent_id, text.body, "application")
    other = await bank.customer(LIU)
    with pytest.raises(Problem, match=r"consent\.unknown"):
        await bank.client().consents.get(other.customer_id, consent_id)


async def withdraw(bank: TestBank, customer_id: str, purpose: str) -> None:
    for consent in await bank.client().consents.all(customer_id):
        if consent.purpose == purpose:
            await bank.client().consents.withdraw(customer_id, consent.consent_id)


async def test_withdrawing_one_consent_withdraws_earlier_ones_to_the_same_purpose(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    (latest,) = await bank.consents(customer.customer_id, ["courts_inquiry"])

    def keep_an_older_one(conn: Connection) -> None:
        stored = select(consent_table).where(consent_table.c.consent_id == latest)
        row = dict(conn.execute(stored).one()._mapping)
        conn.execute(insert(consent_table).values(row | {"consent_id": "older"}))

    await bank.store.write(keep_an_older_one)
    await bank.client().consents.withdraw(customer.customer_id, latest)
    standing = [each for each in await bank.client().consents.all(customer.customer_id) if each.permits_here]
    assert [each.purpose for each in standing] == ["share_with_bank"]


async def test_an_agreement_ends_with_its_account_and_not_before(bank: TestBank) -> None:
    account = await bank.account(LI)
    customer = await bank.customer(LI)
    with pytest.raises(Problem) as refused:
        await withdraw(bank, customer.customer_id, "account_terms")
    assert (refused.value.status, refused.value.code) == (409, "consent.ends_with_account")
    assert (await bank.client().accounts.get(account.account_id)).state == "open"


async def test_without_the_face_consent_a_face_check_authorises_nothing(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    command = await bank.open_command(LI, customer.customer_id)
    await withdraw(bank, customer.customer_id, "face_processing")
    with pytest.raises(Problem) as refused:
        await bank.client().accounts.open(customer.customer_id, command, new_intent())
    assert (refused.value.status, refused.value.code) == (403, "consent.missing")
    assert refused.value.params == {"purpose": "face_processing"}
    await bank.consents(customer.customer_id, ["face_processing"])
    order = await bank.client().accounts.open(customer.customer_id, command, new_intent())
    assert order.state != "failed"


async def test_after_withdrawing_what_the_app_may_hand_over_only_new_acts_stop(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    command = await bank.open_command(LI, customer.customer_id)
    await bank.consents(customer.customer_id, ["share_with_bank"])
    await withdraw(bank, customer.customer_id, "share_with_bank")
    with pytest.raises(Problem) as refused:
        await bank.client().accounts.open(customer.customer_id, command, new_intent())
    assert refused.value.params == {"purpose": "share_with_bank"}
    # The customer still gets in, and what the app hands over is not taken in.
    moved = await bank.client().customers.identify(bank.statement(LI, phone_number="13900000000"))
    assert (moved.customer_id, moved.phone_masked) == (customer.customer_id, customer.phone_masked)


async def test_after_withdrawing_the_look_at_the_list_its_offer_is_not_used_any_more(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    (consent_id,) = await bank.consents(customer.customer_id, ["pre_credit_inquiry"])
    look = CheckPreCredit(consent_ids=[consent_id])
    await bank.client().pre_credit.check(customer.customer_id, look, new_intent())
    await bank.work()
    assert (await bank.client().pre_credit.get(customer.customer_id)).state == "offered"
    await bank.client().consents.withdraw(customer.customer_id, consent_id)
    assert (await bank.client().customers.overview(customer.customer_id)).pre_credit is None
