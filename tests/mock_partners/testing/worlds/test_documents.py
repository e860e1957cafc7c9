import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from mock_partners.testing.people.personas import PEOPLE
from mock_partners.testing.running.local import running_world
from mock_partners.testing.running.settings import DemoSettings
from mock_partners.testing.worlds.world import PARTIES
from partner_adapters.kit.values.money import fen_to_people
from tests.support.houses.keys import shared_keys

PAGE = (Path(__file__).parents[4] / "docs" / "developers" / "mock-partners.md").read_text("utf-8")
COMMANDS = [line for line in re.findall(r"```sh\n(.*?)```", PAGE, re.S) for line in line.splitlines() if line]


def test_the_page_names_everybody_with_what_a_tester_must_type() -> None:
    for who in PEOPLE:
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| {who.name}"))
        assert f"| {who.partner} |" in row
        for value in (who.cards[0].number, who.phone, fen_to_people(who.cards[0].balance_fen)):
            assert value in row
        assert all(card.number in PAGE for card in who.cards)


def test_the_page_names_every_program_with_its_port() -> None:
    settings = DemoSettings.model_validate({})
    for program in (*PARTIES, "h5app", "partner_api"):
        assert f"| `{program}` | {type(settings).model_fields[f'{program}_port'].default} |" in PAGE


@pytest.mark.skipif(shutil.which("curl") is None, reason="the commands use curl")
def test_every_command_of_the_page_works(tmp_path: Path) -> None:
    assert len(COMMANDS) >= 6
    with running_world(tmp_path, ["card_network", "gov_app"], shared_keys=shared_keys()) as world:
        for line in COMMANDS:
            here = line.replace("http://127.0.0.1:8103/main", world.url("card_network"))
            here = here.replace("http://127.0.0.1:8101/main", world.url("gov_app"))
            done = subprocess.run(shlex.split(here), capture_output=True, text=True, check=False)
            assert done.returncode == 0, (line, done.stdout, done.stderr)
