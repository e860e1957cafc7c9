"""Each rule about events names what was changed behind the program's back."""

from __future__ import annotations

import pytest

from tests.mock_partners.bank.core.events.test_events import agree
from tests.support.databases.breaking import seen
from tests.support.houses.core import TestBank

pytestmark = [pytest.mark.anyio, pytest.mark.breaks_the_books]
BREACHES = [
    ("UPDATE event SET state = 'frozen' WHERE object = 'account'", "events.end_where_objects_stand"),
    ("UPDATE event SET position = position + 1000 WHERE object = 'account'", "events.are_numbered_in_time"),
    ("UPDATE event SET sequence = sequence + 10 WHERE object = 'order'", "events.sequences_have_no_gaps"),
    (
        "UPDATE event SET position = position + 1000 WHERE object = 'order' AND sequence = 1",
        "events.positions_follow_sequences",
    ),
    (
        "UPDATE event SET partner = 'donghai' WHERE consent_id IS NOT NULL",
        "events.consents_are_the_customers",
    ),
]


async def test_a_breach_of_the_events_is_found_and_named(bank: TestBank) -> None:
    account = await bank.account()
    await agree(bank, (await bank.customer()).customer_id)
    await bank.top_up(account.account_id, 1_000)
    await seen(bank, BREACHES)
