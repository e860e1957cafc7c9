"""Sixty commands of three customers at the same moment: none fails because of another, and no fen is lost."""

from __future__ import annotations

from collections import Counter

import psycopg
import pytest
from sqlalchemy import Connection, func, select

from mock_partners.bank.core.loans.tables import loan, repayment
from partner_adapters.kit.durable import store as stores
from tests.support.houses.core import LI, TestBank
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people.crowd import AMOUNT_FEN, at_once, crowd, nodes, top_up
from tests.support.sample import only

pytestmark = pytest.mark.anyio
NODES = {"one node": 1, "two nodes": 2}
on_postgresql = pytest.mark.parametrize(
    "prepared_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "LOCK_WAITS_MS", 200)


@on_postgresql
@pytest.mark.parametrize("count", only(NODES, "two nodes"))
async def test_sixty_commands_at_once_are_answered_as_one_after_another(
    bank: TestBank, esign: ESignStandIn, count: str
) -> None:
    commands = await crowd(bank)
    before = await bank.store.read(_booked)
    async with nodes(bank, NODES[count]) as urls:
        answers = await at_once(bank.http, urls, commands)
    assert len(answers) == 60
    assert [answer for answer in answers if answer.status == 500] == []
    # On a machine that is busy with more, a command may wait too long for its turn.
    away = [answer for answer in answers if answer.status == 503]
    assert {(answer.code, answer.retry_after) for answer in away} <= {("database.away", "5")}
    assert len(away) < len(answers) / 2
    done = Counter(answer.command for answer in answers if answer.status < 300)
    # The contract is signed once, and each of two customers applies once.
    assert done["Sign"] <= 1
    assert done["Apply"] <= 2
    assert done["OpenAccount"] == 0
    loans, repayments = await bank.store.read(_booked)
    assert (loans - before[0], repayments - before[1]) == (done["Draw"], done["Repay"])
    if not away:
        assert (done["Sign"], done["Apply"]) == (1, 2)
        assert (done["Draw"], done["Repay"], done["TopUp"]) == (12, 12, 20)
    await bank.work()


@on_postgresql
@pytest.mark.usefixtures("hurried")
async def test_a_command_whose_turn_does_not_come_is_answered_503_with_a_time_and_changes_nothing(
    bank: TestBank,
) -> None:
    account = await bank.account(LI)
    customer = await bank.customer(LI)
    queue = bank.context().queue_of(customer.customer_id)
    command = top_up(account.account_id)
    with psycopg.connect(bank.store.url.replace("+psycopg", ""), autocommit=True) as other_node:
        other_node.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [queue])
        [answer] = await at_once(bank.http, ["http://core-bank"], [command])
    assert (answer.status, answer.code, answer.retry_after) == (503, "database.away", "5")
    [answer] = await at_once(bank.http, ["http://core-bank"], [command])
    assert answer.status == 202
    await bank.work()
    assert (await bank.client().accounts.get(account.account_id)).balance_fen == AMOUNT_FEN


def _booked(conn: Connection) -> tuple[int, int]:
    """Return how many loans and repayments there are."""
    loans, repayments = (
        conn.execute(select(func.count()).select_from(table)).scalar_one() for table in (loan, repayment)
    )
    return loans, repayments
