"""A sample of `make chaos`, in which real processes are killed with -9 at named points. Other tests plant a
bug and check that a trial notices it.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_partners.testing.running.demo import H5APP
from tests.faults import trial
from tests.faults.pages import FORMS, Phone
from tests.faults.troubles import MATRIX, Trouble
from tests.support.cases import COMMAND_CASES, TOP_UP_FEN, WALLETS, WHO
from tests.support.houses.processes import ProcessHouse, process_house

pytestmark = pytest.mark.slow
STAGE = "standing"
SAMPLE = (
    ("drawdown", "core_bank dies at after_commit:Draw"),
    ("top_up", "core_bank dies at outbox.called:top_up.debit"),
    ("top_up", "h5app dies at core_call.answered:TopUp"),
    ("code_answer", "core_bank dies at after_commit:ConfirmCardCheck"),
)


SAMPLE_POSTGRESQL = (
    ("drawdown", "core_bank without its database for 3 s"),
    ("top_up", "card_network dies at after_commit:StartTransfer"),
)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessHouse]:
    # Shared for the seconds that living takes: each trial puts everybody's data back first.
    with process_house(Path(tmp_path_factory.mktemp("house"))) as running:
        asyncio.run(trial.build_stages(running, STAGE))
        yield running


@pytest.fixture(scope="module")
def lived_on_postgresql(
    tmp_path_factory: pytest.TempPathFactory, postgresql_cluster: str
) -> Iterator[ProcessHouse]:
    with process_house(Path(tmp_path_factory.mktemp("house")), postgresql_cluster) as running:
        asyncio.run(trial.build_stages(running, STAGE))
        yield running


@pytest.mark.parametrize(("command", "trouble"), SAMPLE, ids=lambda value: value.replace(" ", "-"))
def test_a_death_on_the_way_loses_and_doubles_nothing(
    lived: ProcessHouse, command: str, trouble: str
) -> None:
    [one] = [t for name, t in MATRIX if (name, t.name) == (command, trouble)]
    outcome = asyncio.run(trial.run(lived, command, one))
    assert not outcome.faults, outcome


@pytest.mark.postgresql
@pytest.mark.parametrize(("command", "trouble"), SAMPLE_POSTGRESQL, ids=lambda value: value.replace(" ", "-"))
def test_on_postgresql_it_loses_and_doubles_nothing_either(
    lived_on_postgresql: ProcessHouse, command: str, trouble: str
) -> None:
    test_a_death_on_the_way_loses_and_doubles_nothing(lived_on_postgresql, command, trouble)


@pytest.mark.parametrize(
    ("bug", "invariant"),
    [
        ("one_fen_lost", "top_ups.booked_as_ordered"),
        ("notice_twice", "top_ups.nothing_booked_without_order"),
    ],
)
def test_the_trial_fails_on_a_planted_bug_and_the_proof_names_it(
    lived: ProcessHouse, monkeypatch: pytest.MonkeyPatch, bug: str, invariant: str
) -> None:
    monkeypatch.setattr(lived, "planted", {"core_bank": bug})
    outcome = asyncio.run(trial.run(lived, "top_up", Trouble("nothing befalls it", "core_bank")))
    assert outcome.wrong_effect
    assert f"proof: {invariant}" in outcome.faults


def test_the_trial_fails_on_a_page_that_calls_done_what_is_not(
    lived: ProcessHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lived, "planted", {H5APP: "done_too_early"})
    outcome = asyncio.run(
        trial.run(lived, "top_up", Trouble("the network is away", "card_network", away_s=0.5))
    )
    assert outcome.faults == (trial.TOO_EARLY,)


def test_the_trial_fails_on_an_order_that_stays_unknown(
    lived: ProcessHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lived, "planted", {"card_network": "transfer_differs"})
    monkeypatch.setattr(trial, "KNOWN_WITHIN_S", 2.0)  # it would wait in vain
    outcome = asyncio.run(trial.run(lived, "top_up", Trouble("nothing befalls it", "card_network")))
    assert outcome.unknown
    assert outcome.faults


def test_one_reference_finds_a_tap_in_the_log_of_every_process_that_it_touched(lived: ProcessHouse) -> None:
    parties = ("core_bank", *COMMAND_CASES["top_up"].outside)
    lived.back_to(STAGE, "h5app", *parties)
    lived.start("gov_app", "h5app", *parties)
    before = lived.number(*WALLETS)

    async def topped_up() -> str:
        phone = Phone(lived)
        phone.log_in()
        async with trial.arrive(lived, WHO) as li:
            answer = (await FORMS["top_up"](phone, li)).tap().history[0]
        await trial.until(lambda: not trial.count_unfinished(lived), within_s=40)
        return answer.headers["x-request-id"]

    reference = asyncio.run(topped_up())
    assert lived.number(*WALLETS) == before + TOP_UP_FEN
    logs = {name: lived.lines(name, reference) for name in ("h5app", *parties)}
    assert [name for name, lines in logs.items() if not lines] == []
    # Work that went on after its request: the debit at the core, settling and notice at the network, the text message.
    assert {line["kind"] for line in logs["core_bank"] if line["event"] == "outbox.done"} >= {
        "top_up.debit",
        "message.send",
    }
    assert {line["kind"] for line in logs["card_network"] if line["event"] == "outbox.done"} == {
        "settle",
        "notify",
    }
