"""A line never gives more than its limit, however many draw at once, and the database says so too."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text, update
from sqlalchemy.exc import DBAPIError

from mock_partners.bank.core.lines import lines
from mock_partners.bank.core.lines.records import read_line
from mock_partners.bank.core.lines.tables import credit_line
from partner_adapters.kit.values.problems import Problem
from tests.support.databases.breaking import unguarded
from tests.support.houses.core import TestBank
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people.applicants import YUAN, borrower

pytestmark = pytest.mark.anyio
LIMIT_FEN = 80_000 * YUAN


async def used(bank: TestBank, line_id: str) -> int:
    row = await bank.store.read(lambda conn: read_line(conn, bank.context(), line_id))
    return int(row.used_fen)


@pytest.mark.both_databases
async def test_draws_at_once_never_exceed_the_limit(bank: TestBank, esign: ESignStandIn) -> None:
    line_id = await (await borrower(bank)).line_id()
    ctx = bank.context()
    amounts = [(number * 7 % 30 + 1) * 1_000 * YUAN for number in range(16)]

    async def draw(amount_fen: int) -> int:
        try:
            await bank.store.write(lambda conn: lines.use(conn, ctx, line_id, amount_fen))
        except Problem as problem:
            refusals.add(problem.code)
            return 0
        return amount_fen

    refusals: set[str] = set()
    accepted = sum(await asyncio.gather(*(draw(amount) for amount in amounts)))
    assert sum(amounts) > LIMIT_FEN
    assert 0 < accepted <= LIMIT_FEN
    assert refusals == {"amount.too_large"}
    assert await used(bank, line_id) == accepted
    await bank.store.write(lambda conn: lines.release(conn, ctx, line_id, accepted))
    assert await used(bank, line_id) == 0


@pytest.mark.breaks_the_books
async def test_repaying_makes_room_again_by_exactly_that_much(bank: TestBank, esign: ESignStandIn) -> None:
    line_id = await (await borrower(bank)).line_id()
    ctx = bank.context()
    await bank.store.write(lambda conn: lines.use(conn, ctx, line_id, LIMIT_FEN))
    with pytest.raises(Problem) as refused:
        await bank.store.write(lambda conn: lines.use(conn, ctx, line_id, 1))
    assert (refused.value.status, refused.value.params) == (422, {"max": "0.00", "currency": "CNY"})
    await bank.store.write(lambda conn: lines.release(conn, ctx, line_id, 123))
    await bank.store.write(lambda conn: lines.use(conn, ctx, line_id, 123))
    assert await used(bank, line_id) == LIMIT_FEN


async def set_of_lines(bank: TestBank, **values: Any) -> None:
    """Set what no command changes."""

    def force(conn: Connection) -> None:
        with unguarded(conn):
            conn.execute(update(credit_line).values(values))

    await bank.store.write(force)


@pytest.mark.breaks_the_books
async def test_a_line_that_does_not_revolve_gives_once(bank: TestBank, esign: ESignStandIn) -> None:
    line_id = await (await borrower(bank)).line_id()
    ctx = bank.context()
    await set_of_lines(bank, revolving=False)
    await bank.store.write(lambda conn: lines.use(conn, ctx, line_id, 1_000))
    await bank.store.write(lambda conn: lines.release(conn, ctx, line_id, 1_000))
    assert await used(bank, line_id) == 1_000


async def test_a_frozen_or_ended_line_gives_nothing(bank: TestBank, esign: ESignStandIn) -> None:
    li = await borrower(bank)
    line_id, ctx = await li.line_id(), bank.context()
    await bank.store.write(lambda conn: lines.freeze(conn, ctx, line_id))
    assert (await li.client.lines.get(line_id)).available_fen == 0
    with pytest.raises(Problem) as refused:
        await bank.store.write(lambda conn: lines.use(conn, ctx, line_id, 1_000))
    assert (refused.value.status, refused.value.code) == (409, "line.not_open")
    await bank.store.write(lambda conn: lines.thaw(conn, ctx, line_id))
    bank.clock.advance(timedelta(days=3 * 366))
    ended = await li.client.lines.get(line_id)
    assert (ended.state, ended.available_fen) == ("ended", 0)
    with pytest.raises(Problem) as refused:
        await bank.store.write(lambda conn: lines.use(conn, bank.context(), line_id, 1_000))
    assert refused.value.code == "line.not_open"


FORBIDDEN = (
    "UPDATE credit_line SET used_fen = limit_fen + 1",
    "UPDATE credit_line SET used_fen = -1",
    "UPDATE credit_line SET held_fen = limit_fen, used_fen = 1",
    "UPDATE credit_line SET limit_fen = -1",
    "UPDATE contract SET limit_fen = limit_fen + 1",
    "UPDATE contract SET state = 'ready'",
    "DELETE FROM contract",
    "UPDATE decision SET outcome = 'referred'",
    "DELETE FROM decision",
    "UPDATE source_answer SET sha256 = ''",
    "DELETE FROM source_answer",
    "UPDATE product_edition SET version = 9",
    "UPDATE application SET state = 'forgotten'",
)


async def test_the_database_itself_refuses(bank: TestBank, esign: ESignStandIn) -> None:
    await (await borrower(bank)).line_id()
    for statement in FORBIDDEN:
        with pytest.raises(DBAPIError):
            await bank.store.write(lambda conn, sql=statement: conn.execute(text(sql)))  # type: ignore[misc]
    await bank.prove()


@pytest.mark.breaks_the_books
async def test_the_proof_sees_a_line_without_a_signed_contract(bank: TestBank, esign: ESignStandIn) -> None:
    await (await borrower(bank)).line_id()
    await set_of_lines(bank, limit_fen=LIMIT_FEN + 1)
    broken = [item.name for item in (await bank.proof()).items if not item.holds]
    assert broken == ["lines.each_signed_contract_has_one"]
