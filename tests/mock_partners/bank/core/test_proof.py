"""The proof sees what the triggers would have stopped. Here they are dropped, as the owner of the file can do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import chain
from pathlib import Path

import pytest

from mock_partners.bank.core.kernel.proof import ProofReport, Proven
from mock_partners.bank.core.reconciliation.settlement import reconcile_days
from mock_partners.bank.core.rooms import PROOFS
from partner_adapters.core_bank.cases import AnswerCase, ComplainAsGuest
from partner_adapters.kit.values.clock import FixedClock
from tests.mock_partners.bank.core.account_services import test_card_changes as of_card_changes
from tests.mock_partners.bank.core.account_services import test_class_three as of_class_three
from tests.mock_partners.bank.core.account_services import test_closing as of_closings
from tests.mock_partners.bank.core.account_services import test_freezing as of_freezes
from tests.mock_partners.bank.core.account_services import test_limit_changes as of_own_limits
from tests.mock_partners.bank.core.account_services import test_withdrawals as of_withdrawals
from tests.mock_partners.bank.core.audit import test_proofs_of_audit as of_audit
from tests.mock_partners.bank.core.credit import test_proofs_of_credit as of_origination
from tests.mock_partners.bank.core.end_of_day import test_proofs_of_time as of_time
from tests.mock_partners.bank.core.events import test_proofs_of_events as of_events
from tests.mock_partners.bank.core.loans import test_card_repayments as of_card_repayments
from tests.mock_partners.bank.core.loans import test_proofs_of_loans as of_lending
from tests.mock_partners.bank.core.papers import test_papers as of_papers
from tests.mock_partners.bank.core.reconciliation import test_resolving as of_reconciliation
from tests.mock_partners.bank.core.suspense import test_holding as of_suspense
from tests.mock_partners.bank.core.wallet import test_holds as of_holds
from tests.support.databases.breaking import force, seen
from tests.support.houses.core import LI, TestBank, new_intent, running_bank
from tests.support.people.operators import start, stop

pytestmark = pytest.mark.anyio


@pytest.fixture
async def bank(anyio_backend: str, tmp_path: Path, clock: FixedClock) -> AsyncIterator[TestBank]:
    """On SQLite, with one account of 100.00, the day of its top-up settled, one answered complaint, and
    one stop that two operators ended."""
    async with running_bank(f"sqlite:///{tmp_path / 'core.sqlite'}", tmp_path, clock) as made:
        await made.funded_account(LI, 10_000)
        clock.advance(timedelta(days=1))
        await reconcile_days(made.core)
        asked = ComplainAsGuest(note="等了一上午", name="王女士", phone="19900001111")
        complaint = await made.client().cases.complain_as_guest(asked, new_intent())
        await made.staff().answer(complaint.number, AnswerCase(answer="对不起"), new_intent())
        await stop(made, "partner", "lyg")
        await start(made, "partner", "lyg")
        yield made


BREACHES = [
    (
        "UPDATE ledger_account SET balance_fen = 9999 WHERE role = 'wallet'",
        "ledger.debits_equal_credits",
    ),
    (
        "UPDATE ledger_account SET balance_fen = 9999 WHERE balance_fen > 0",
        "ledger.balance_is_sum_of_postings",
    ),
    (
        "UPDATE ledger_account SET last_posting_id = 99 WHERE role = 'wallet'",
        "ledger.balances_include_the_last_posting",
    ),
    ("UPDATE ledger_account SET kind = 'income' WHERE role = 'wallet'", "ledger.accounts_are_of_the_chart"),
    ("UPDATE journal SET reference = 'another'", "orders.journals_quote_them"),
    (
        "UPDATE customer_order SET state = 'processing' WHERE kind = 'account_opening'",
        "orders.open_ones_have_work",
    ),
    ("UPDATE posting SET credit_after_fen = 1", "ledger.postings_replay"),
    ("UPDATE posting SET amount_fen = 9999", "ledger.postings_replay"),
    ("UPDATE ledger_account SET balance_fen = -1 WHERE role = 'wallet'", "ledger.floors_hold"),
    ("DELETE FROM posting", "ledger.journals_have_postings"),
    ("UPDATE journal SET kind = 'gift'", "ledger.moves_are_of_the_chart"),
    ("DELETE FROM posting", "top_ups.booked_as_ordered"),
    ("DELETE FROM ledger_account WHERE role = 'wallet'", "accounts.each_has_one_wallet"),
    ("UPDATE ledger_account SET floor_fen = NULL", "accounts.each_has_one_wallet"),
    ("UPDATE customer_order SET amount_fen = 9999 WHERE kind = 'top_up'", "top_ups.booked_as_ordered"),
    ("UPDATE customer_order SET state = 'failed' WHERE kind = 'top_up'", "top_ups.booked_as_ordered"),
    ("UPDATE posting SET credit_code = 'income.interest'", "top_ups.booked_as_ordered"),
    ("UPDATE journal SET intent = 'another'", "top_ups.nothing_booked_without_order"),
    ("UPDATE posting SET amount_fen = 9999", "transfers.booked_as_the_network_settled"),
    ("UPDATE journal SET value_date = '2026-11-25'", "transfers.booked_as_the_network_settled"),
    (
        "UPDATE customer_order SET state = 'failed' WHERE kind = 'account_opening'",
        "accounts.opened_as_ordered",
    ),
    ("UPDATE account SET opened_by_intent = 'another'", "accounts.opened_as_ordered"),
    ("DELETE FROM identity_image WHERE side = 'back'", "accounts.opened_with_identity_images"),
    ("UPDATE identity_image SET intent = 'another'", "identity_images.are_of_openings"),
    ("DELETE FROM image_chunk WHERE number = 0", "identity_images.are_whole"),
    ("UPDATE risk_grade SET grade = 'high'", "risk_grades.are_of_openings"),
    ("UPDATE journal SET intent = 'another'", "orders.no_effect_is_denied"),
    ("UPDATE customer_order SET state = 'failed' WHERE kind = 'top_up'", "orders.no_effect_is_denied"),
    (
        "INSERT INTO day_close (bank_id, day, open_loans, closed_at) VALUES ('hzw', '2026-12-31', 0, 0)",
        "days.closed_ones_lie_before_the_business_date",
    ),
    ("UPDATE service_case SET answer = NULL", "cases.complaints_end_by_a_reply"),
    ("UPDATE service_case SET answered_by = NULL", "cases.complaints_end_by_a_reply"),
    ("UPDATE service_case SET state = 'cancelled'", "cases.replies_are_of_answered_cases"),
    ("UPDATE switch_entry SET at = 1 WHERE step = 'stop'", "switches.nothing_ordered_while_stopped"),
    (
        "UPDATE switch_entry SET at = 1, kind = 'action', name = 'top_up' WHERE step = 'stop'",
        "switches.nothing_ordered_while_stopped",
    ),
    (
        "UPDATE switch_entry SET at = 1, kind = 'party', name = 'card_network' WHERE step = 'stop'",
        "switches.nothing_ordered_while_stopped",
    ),
    ("UPDATE switch_entry SET operator = 'duty-hzw'", "switches.started_by_two"),
    ("UPDATE switch_entry SET step = 'stop' WHERE step = 'propose'", "switches.started_by_two"),
]


async def test_a_breach_is_found_and_named(bank: TestBank) -> None:
    await seen(bank, BREACHES)


def test_every_proof_is_broken_in_a_test() -> None:
    by_room = (
        of_card_repayments.BREACHES,
        of_lending.BREACHES,
        of_origination.BREACHES,
        of_audit.BREACHES,
        of_suspense.BREACHES,
        of_reconciliation.BREACHES,
        of_reconciliation.REFUND_BREACHES,
        of_card_changes.BREACHES,
        of_freezes.BREACHES,
        of_closings.BREACHES,
        of_holds.BREACHES,
        of_withdrawals.FEE_BREACHES,
        of_class_three.BREACHES,
        of_own_limits.BREACHES,
        of_papers.BREACHES,
        of_events.BREACHES,
    )
    broken = {name for _, name in chain(BREACHES, *by_room)}
    broken |= {name for _, _, name in of_time.CHEATS}
    # The schema's rule is broken in `migrations/test_schema_as_migrated.py`.
    assert broken == {proof.name for proof in PROOFS} - {"schema.is_as_migrated"}


async def test_the_proof_shows_both_sides_of_what_holds_and_the_entries_that_differ(bank: TestBank) -> None:
    def booked(report: ProofReport) -> Proven:
        return next(item for item in report.items if item.name == "top_ups.booked_as_ordered")

    holding = booked(await bank.proof())
    assert (holding.holds, holding.compared, holding.left_side, holding.right_side) == (
        True,
        1,
        10_000,
        10_000,
    )
    force(bank, "UPDATE customer_order SET amount_fen = 9999 WHERE kind = 'top_up'")
    broken = booked(await bank.proof())
    assert (broken.holds, broken.left_side, broken.right_side) == (False, 9_999, 10_000)
    [entry] = broken.breaches
    assert (entry.left_side, entry.right_side) == (9_999, 10_000)
    assert (await bank.client().orders.get(entry.subject)).kind == "top_up"


def test_the_readme_names_every_proof() -> None:
    readme = (Path(__file__).parents[4] / "mock_partners/bank/core/README.md").read_text("utf-8")
    assert [proof.name for proof in PROOFS if f"`{proof.name}`" not in readme] == []
