"""A partner's statement counts for the program that asked for it. A copy of it authorises nothing."""

from __future__ import annotations

import base64
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mock_partners.bank.core.migrations import migrate
from partner_adapters.core_bank.customers import IdentityStatement
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.core_bank.wire import Evidence
from partner_adapters.identity.assertion.host import AssertionConfig
from partner_adapters.identity.holder import derive
from partner_adapters.kit.values.clock import FixedClock
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import (
    HOLDER,
    LI,
    IdentityHosts,
    TestBank,
    core_settings,
    new_intent,
    running_bank,
)
from tests.support.people.borrowers import borrow

pytestmark = pytest.mark.anyio
REQUIRED, REFUSED = (401, "step_up.required"), (401, "identity.refused")
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
# What a thief of the statement alone, or of all that the browser carried, may send in place of the secret.
GUESSES = ("", "another program's own secret", derive("nonce", HOLDER), derive("state", HOLDER))


@pytest.fixture
async def ebank(tmp_path: Path, clock: FixedClock) -> AsyncIterator[TestBank]:
    """A core whose partner `lyg` hands customers over by its server's assertion."""
    clients = list(core_settings(IdentityHosts()).clients)
    issuer = IdentityHosts().issuer("lyg")
    launching = AssertionConfig(
        dialect="assertion", issuer=issuer, audience="sunbridge at lyg", jwks_url=f"{issuer}/jwks"
    )
    clients[0] = clients[0].model_copy(update={"identity": launching})
    url = f"sqlite:///{tmp_path}/core.sqlite"
    migrate(url)
    async with running_bank(url, tmp_path, clock, shares_beginnings=False, clients=tuple(clients)) as running:
        yield running
        await running.prove()


def launch(bank: TestBank, **changes: object) -> str:
    """Return an assertion that the partner's server made unasked."""
    said = {
        "jti": secrets.token_hex(8),
        "nonce": None,
        "name": LI.name,
        "id_number": LI.id_number,
        "phone_number": LI.phone,
    }
    return bank.id_token(LI, **{"typ": "launch+jwt", **said, **changes})


def mirror(signature: str) -> str:
    """Return the other signature over the same text: (r, n - s) in place of (r, s)."""
    raw = base64.urlsafe_b64decode(signature + "==")
    r, s = raw[:32], int.from_bytes(raw[32:])
    other = r + (P256_ORDER - s).to_bytes(32)
    return base64.urlsafe_b64encode(other).rstrip(b"=").decode()


def identifying(bank: TestBank, statement: str, secret: str) -> IdentityStatement:
    return IdentityStatement(statement=statement, holder_secret=secret, given=bank.agreement())


async def opening(bank: TestBank, customer_id: str, evidence: Evidence) -> str:
    command = await bank.open_command(LI, customer_id, evidence=evidence)
    return (await bank.client().accounts.open(customer_id, command, new_intent())).intent


@pytest.mark.parametrize("guess", GUESSES, ids=["none", "own", "nonce", "state"])
async def test_a_copy_of_the_statement_authorises_nothing(bank: TestBank, guess: str) -> None:
    customer, evidence = await bank.customer(LI), bank.evidence(LI)
    stolen = evidence.model_copy(update={"holder_secret": guess})
    with pytest.raises(Problem) as refused:
        await opening(bank, customer.customer_id, stolen)
    assert (refused.value.status, refused.value.code) == REQUIRED
    # The holder is not disturbed by the attempt.
    await opening(bank, customer.customer_id, evidence)


async def test_the_holder_may_use_one_check_for_several_commands(bank: TestBank) -> None:
    borrower = await borrow(bank)
    evidence = bank.evidence(borrower.who)
    for _ in range(2):
        quote = await borrower.quote(1_000_000)
        command = borrower.command(quote, evidence=evidence)
        drawn = await bank.client().drawdowns.draw(borrower.line_id, command, new_intent())
        assert drawn.state is OrderState.SUCCEEDED


async def test_a_token_for_another_request_or_for_none_is_no_evidence(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    for nonce in (None, "n-0S6_WzA2Mj", derive("nonce", "another program's own secret")):
        with pytest.raises(Problem) as refused:
            await opening(bank, customer.customer_id, bank.evidence(LI, nonce=nonce))
        assert (refused.value.status, refused.value.code) == REQUIRED


async def test_a_copy_of_the_statement_identifies_nobody(bank: TestBank) -> None:
    stolen = bank.statement(LI, agreed=True).model_copy(update={"holder_secret": "a thief's own secret"})
    with pytest.raises(Problem) as refused:
        await bank.client().customers.identify(stolen)
    assert (refused.value.status, refused.value.code) == REFUSED


async def test_the_first_to_present_a_launch_holds_it_and_serves_itself_again(ebank: TestBank) -> None:
    assertion = launch(ebank)
    first = await ebank.client().customers.identify(identifying(ebank, assertion, HOLDER))
    # A repetition after a lost answer.
    assert await ebank.client().customers.identify(identifying(ebank, assertion, HOLDER)) == first
    thief = "a thief's own secret, as long"
    with pytest.raises(Problem) as refused:
        await ebank.client().customers.identify(identifying(ebank, assertion, thief))
    assert (refused.value.status, refused.value.code) == REFUSED
    for secret in ("", thief):
        with pytest.raises(Problem) as refused:
            await opening(ebank, first.customer_id, Evidence(statement=assertion, holder_secret=secret))
        assert (refused.value.status, refused.value.code) == REQUIRED
    await opening(ebank, first.customer_id, Evidence(statement=assertion, holder_secret=HOLDER))


async def test_another_signature_over_a_launch_makes_no_other_launch(ebank: TestBank) -> None:
    assertion = launch(ebank)
    await ebank.client().customers.identify(identifying(ebank, assertion, HOLDER))
    # ECDSA: (r, n - s) is a signature too, without the key.
    signed, _, signature = assertion.rpartition(".")
    mirrored = f"{signed}.{mirror(signature)}"
    assert mirrored != assertion
    with pytest.raises(Problem) as refused:
        await ebank.client().customers.identify(identifying(ebank, mirrored, "a thief's own secret, as long"))
    assert (refused.value.status, refused.value.code) == REFUSED


async def test_the_answer_to_a_check_belongs_to_its_attempt(ebank: TestBank) -> None:
    customer = await ebank.client().customers.identify(identifying(ebank, launch(ebank), HOLDER))
    # The page returns our state as the nonce.
    check = launch(ebank, nonce=derive("state", HOLDER), typ="check+jwt")
    for guess in GUESSES:
        with pytest.raises(Problem) as refused:
            await opening(ebank, customer.customer_id, Evidence(statement=check, holder_secret=guess))
        assert (refused.value.status, refused.value.code) == REQUIRED
    await opening(ebank, customer.customer_id, Evidence(statement=check, holder_secret=HOLDER))
