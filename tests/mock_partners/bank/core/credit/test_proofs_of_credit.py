"""Each proof of applications, contracts, lines and card checks sees what the triggers would have stopped."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from mock_partners.testing.people.personas import person
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.kit.values.clock import FixedClock
from tests.mock_partners.bank.core.verification.test_card_checks import word
from tests.support.databases.breaking import seen
from tests.support.houses.core import LI, TestBank, new_intent, running_bank
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people.applicants import PURPOSES, Borrower, authorise
from tests.support.people.operators import blacklist, change

pytestmark = pytest.mark.anyio
BREACHES = [
    (
        "UPDATE customer_order SET state = 'failed' WHERE kind = 'pre_credit'",
        "pre_credit.answered_as_ordered",
    ),
    ("DELETE FROM pre_credit", "pre_credit.answered_as_ordered"),
    ("UPDATE application SET intent = 'another'", "applications.made_as_ordered"),
    ("UPDATE credit_line SET rate_ppm = 1", "lines.are_as_their_contracts"),
    (
        "UPDATE credit_line SET draw_rules = json_set(draw_rules, '$.fee', json('{\"ppm\": 1}'))",
        "lines.are_as_their_contracts",
    ),
    (
        "UPDATE credit_line SET draw_rules = json_set(draw_rules, '$.fee', json('{\"fixed_fen\": 1}'))",
        "lines.are_as_their_contracts",
    ),
    ("UPDATE credit_line SET used_fen = limit_fen + 1", "lines.available_never_negative"),
    ("UPDATE credit_line SET used_fen = -1", "lines.available_never_negative"),
    ("UPDATE credit_line SET held_fen = -1, used_fen = 1", "lines.available_never_negative"),
    ("UPDATE credit_line SET held_fen = 1", "lines.nothing_is_held"),
    ("UPDATE credit_line SET limit_fen = limit_fen + 1", "lines.each_signed_contract_has_one"),
    ("DELETE FROM credit_line", "lines.each_signed_contract_has_one"),
    ("UPDATE contract SET state = 'ready'", "lines.each_signed_contract_has_one"),
    ("UPDATE contract SET state = 'ready'", "contracts.signed_as_ordered"),
    ("UPDATE contract SET signing_intent = NULL", "contracts.signed_as_ordered"),
    (
        "UPDATE customer_order SET state = 'processing' WHERE kind = 'contract_signing'",
        "contracts.signed_as_ordered",
    ),
    ("UPDATE evidence_used SET document_sha256 = 'another'", "contracts.signed_as_read_and_authorised"),
    ("UPDATE evidence_used SET digest = 'another'", "contracts.signed_as_read_and_authorised"),
    (
        "DELETE FROM evidence_used WHERE action = 'contract_signing'",
        "contracts.signed_as_read_and_authorised",
    ),
    ("UPDATE contract SET document_sha256 = 'another'", "contracts.signed_as_read_and_authorised"),
    ("UPDATE contract SET signed_prefix_sha256 = 'another'", "contracts.signed_as_read_and_authorised"),
    ("UPDATE contract SET signed_sha256 = NULL", "contracts.signed_as_read_and_authorised"),
    ("UPDATE contract SET evidence_digest = 'another'", "contracts.signed_as_read_and_authorised"),
    ("UPDATE contract SET limit_fen = limit_fen + 1", "contracts.offer_what_was_approved"),
    ("UPDATE decision SET rate_ppm = rate_ppm + 1", "contracts.offer_what_was_approved"),
    ("UPDATE decision SET outcome = 'declined'", "contracts.offer_what_was_approved"),
    ("UPDATE contract_number SET last = 2", "contracts.numbers_without_gaps"),
    ("UPDATE decision SET lpr_ppm = lpr_ppm + 1", "decisions.come_out_again"),
    ("UPDATE decision SET reasons = '[1]'", "decisions.come_out_again"),
    ("UPDATE decision SET trace = '{}'", "decisions.come_out_again"),
    ("UPDATE decision SET facts_sha256 = 'another'", "decisions.come_out_again"),
    ("UPDATE product_edition SET code = 'another'", "applications.rest_on_an_edition"),
    ("UPDATE product_edition SET document = '{}'", "changes.are_as_hashed"),
    ("UPDATE dated_change SET content = '{}'", "changes.are_as_hashed"),
    ("UPDATE change_decision SET decided_by = proposed_by", "changes.decided_by_two"),
    ("UPDATE dated_change SET proposed_by = 'another'", "changes.decided_by_two"),
    ("UPDATE blacklist_step SET proposed_by = operator WHERE step = 'approve'", "blacklist.decided_by_two"),
    ("UPDATE blacklist_step SET step = 'lift' WHERE step = 'approve'", "blacklist.decided_by_two"),
    ("DELETE FROM blacklist_step WHERE step = 'propose'", "blacklist.steps_without_gaps"),
    ("DELETE FROM blacklist_entry WHERE number = 1", "blacklist.numbers_without_gaps"),
    ("DELETE FROM source_answer", "decisions.rest_on_standing_answers"),
    ("UPDATE source_authorisation SET consent_id = 'none'", "authorisations.given_on_consent"),
    ("UPDATE source_answer SET consent_id = 'none'", "source_answers.asked_on_consent"),
    ("UPDATE source_answer SET asked_at = 0", "source_answers.asked_on_consent"),
    ("UPDATE card_check SET used_by_intent = NULL", "card_checks.each_serves_one_intent"),
    ("DELETE FROM evidence_used WHERE methods = 'card sms'", "card_checks.each_serves_one_intent"),
]


@pytest.fixture
async def signed(anyio_backend: str, tmp_path: Path, clock: FixedClock) -> AsyncIterator[TestBank]:
    """On SQLite: an account opened by card and code, a line opened by a signature."""
    async with running_bank(f"sqlite:///{tmp_path / 'core.sqlite'}", tmp_path, clock) as made:
        ESignStandIn().connect(made)
        customer = await made.customer(LI)
        evidence = await word(made, customer.customer_id, action="account_opening")
        command = await made.open_command(LI, customer.customer_id, evidence=evidence)
        intent = new_intent()
        await made.client().accounts.open(customer.customer_id, command, intent)
        await made.work()
        assert (await made.client().orders.get(intent)).state is OrderState.SUCCEEDED
        ids = await made.consents(customer.customer_id, PURPOSES)
        await made.consents(customer.customer_id, ["tax_inquiry"])
        await authorise(made, customer.customer_id, LI)
        tomorrow = made.clock.today() + timedelta(days=1)
        await change(made, "override", "sunshine_e_micro", {"price.product_bp": 70}, tomorrow)
        for name in ("sun_li", "wu_guilan"):
            await blacklist(made, person(name).id_number)
        borrower = Borrower(made, LI, "lyg", customer.customer_id, ids)
        await borrower.check_list()
        await borrower.line_id()
        yield made


async def test_each_breach_is_seen(signed: TestBank) -> None:
    await signed.prove()
    await seen(signed, BREACHES)
