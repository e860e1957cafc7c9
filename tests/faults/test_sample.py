"""A sample of `make chaos`, with h5app dying as well: real processes, killed with -9 at named points."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mock_partners.worlds.people import person
from tests.faults import trial
from tests.faults.deeds import DEEDS, TOP_UP_FEN, WALLETS, WHO
from tests.faults.town import Town, town
from tests.faults.troubles import MATRIX, OUTSIDE, Trouble

pytestmark = pytest.mark.slow
SAMPLE = (
    ("drawdown", "core_bank dies at after_commit:Draw"),
    ("top_up", "core_bank dies at outbox.called:top_up.debit"),
    ("top_up", "card_network dies at after_commit:StartTransfer"),
)
H5APP_POINTS = ("post.read:/lyg/top-up", "core_call.before_send:TopUp", "core_call.answered:TopUp")


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    # Shared for the half minute that living takes: each trial puts everybody's data back first.
    with town(Path(tmp_path_factory.mktemp("town"))) as running:
        asyncio.run(trial.build_stages(running))
        yield running


@pytest.mark.parametrize(("deed", "trouble"), SAMPLE, ids=lambda value: value.replace(" ", "-"))
def test_a_death_on_the_way_loses_and_doubles_nothing(lived: Town, deed: str, trouble: str) -> None:
    [one] = [t for name, t in MATRIX if (name, t.name) == (deed, trouble)]
    outcome = asyncio.run(trial.run(lived, deed, one))
    assert not outcome.faults, outcome


@pytest.mark.parametrize(
    ("party", "bug", "said"),
    [
        ("core_bank", "one_fen_lost", "proof: top_ups.booked_as_ordered"),
        ("core_bank", "notice_twice", "proof: top_ups.nothing_booked_without_order"),
        ("card_network", "transfer_differs", "unknown after"),
    ],
)
def test_a_planted_bug_fails_the_trial(
    lived: Town, monkeypatch: pytest.MonkeyPatch, party: str, bug: str, said: str
) -> None:
    monkeypatch.setattr(lived, "planted", {party: bug})
    monkeypatch.setattr(trial, "KNOWN_WITHIN_S", 5.0)
    outcome = asyncio.run(trial.run(lived, "top_up", Trouble("nothing befalls it", party)))
    assert outcome.wrong_effect or outcome.unknown
    assert any(fault.startswith(said) for fault in outcome.faults), outcome


@pytest.mark.parametrize("point", H5APP_POINTS)
def test_h5app_dies_and_the_form_sent_again_tops_up_once(lived: Town, point: str) -> None:
    parties = ("core_bank", *OUTSIDE["top_up"])
    lived.back_to(DEEDS["top_up"].stage, *parties)
    lived.kill("h5app")
    lived.start("gov_app", "h5app", *parties, crash_at=point)
    before, path = lived.number(*WALLETS), f"{lived.world.h5app_url}/lyg/top-up"
    with httpx.Client(follow_redirects=True) as browser:
        _log_in(browser, lived)
        form = _hidden(browser.get(path).text) | {"amount": f"{TOP_UP_FEN / 100:.2f}"}
        with pytest.raises(httpx.TransportError):
            browser.post(path, data=form)
        # The connection ends a moment before the process does.
        asyncio.run(trial.until(lambda: lived.killed_itself("h5app")))
        lived.start("h5app")
        for _ in range(2):
            shown = browser.post(path, data=form)
            assert shown.status_code == 200
            assert "/lyg/orders/" in str(shown.url)
    asyncio.run(_settled(lived, before + TOP_UP_FEN))
    assert lived.broken_rules() == []


def _log_in(browser: httpx.Client, lived: Town) -> None:
    asked = browser.get(f"{lived.world.h5app_url}/lyg/enter")
    home = browser.post(str(asked.url), data={"person": person(WHO).key, "outcome": "pass"})
    assert home.status_code == 200
    assert str(home.url).startswith(f"{lived.world.h5app_url}/lyg/"), home.url


def _hidden(page: str) -> dict[str, str]:
    [form] = re.findall(r'<form[^>]*method="post"[^>]*>.*?</form>', page, re.DOTALL | re.IGNORECASE)
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))


async def _settled(lived: Town, balance_fen: int) -> None:
    await trial.until(lambda: lived.number(*WALLETS) == balance_fen, within_s=40)
    await asyncio.sleep(1)
    assert lived.number(*WALLETS) == balance_fen


def test_one_reference_finds_a_tap_in_the_log_of_every_process_that_it_touched(lived: Town) -> None:
    parties = ("core_bank", *OUTSIDE["top_up"])
    lived.back_to(DEEDS["top_up"].stage, *parties)
    lived.kill("h5app")
    lived.start("gov_app", "h5app", *parties)
    before, path = lived.number(*WALLETS), f"{lived.world.h5app_url}/lyg/top-up"
    with httpx.Client(follow_redirects=True) as browser:
        _log_in(browser, lived)
        form = _hidden(browser.get(path).text) | {"amount": f"{TOP_UP_FEN / 100:.2f}"}
        answer = browser.post(path, data=form).history[0]
    asyncio.run(_settled(lived, before + TOP_UP_FEN))
    reference = answer.headers["x-request-id"]
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
