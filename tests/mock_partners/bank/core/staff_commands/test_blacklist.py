"""Two persons keep the bank's own list on the command line. The number never stands in a command or in the list."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from mock_partners.bank.core.__main__ import main
from mock_partners.testing.people.personas import person
from mock_partners.testing.running.local import RunningWorld, running_world
from partner_adapters.kit.values.clock import CHINA
from tests.support.databases.proving import prove_books

Run = Callable[..., str]
NUMBER = person("li_xiuying").id_number
FROM = datetime.now(CHINA).date() + timedelta(days=30)
UNTIL = FROM + timedelta(days=90)
PROPOSE = ("propose", "--reason", "misuse", "--source", "走访：用于炒股")
DAYS = ("--from", FROM.isoformat(), "--until", UNTIL.isoformat())


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningWorld]:
    with running_world(tmp_path_factory.mktemp("world"), ["core_bank", "card_network"]) as running:
        yield running
        prove_books(running)


@pytest.fixture
def run(world: RunningWorld, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command as one of the two, with `typed` on standard input. Return what it prints."""

    def run(*arguments: str, by: str = "lister", typed: str = "", code: int = 0) -> str:
        monkeypatch.setenv("SUNBRIDGE_CORE_URL", world.url("core_bank"))
        monkeypatch.setenv("SUNBRIDGE_OPERATOR", f"{by}-hzw")
        secret = world.world.secrets.password_file(f"{by}_hzw")
        monkeypatch.setenv("SUNBRIDGE_OPERATOR_SECRET_FILE", str(secret))
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        assert main(["blacklist", *arguments]) == code
        printed = capsys.readouterr()
        # The core runs in this process and logs there too.
        lines = (printed.err if code else printed.out).splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith("{"))

    return run


def test_one_proposes_another_decides_and_the_record_shows_both(run: Run) -> None:
    proposed = run(*PROPOSE, *DAYS, typed=f"{NUMBER}\n")
    number, _, rest = proposed.partition("  ")
    assert rest.endswith(f"misuse  {FROM} to {UNTIL}: proposed, proposed by lister-hzw\n")
    assert NUMBER not in proposed
    assert run("approve", number, "--note", "看过材料", code=1) == "refused: blacklist.own\n"
    assert ": approved" in run("approve", number, "--note", "看过材料", by="approver")
    assert run("approve", number, "--note", "再一次", by="approver", code=1).startswith(
        "refused: blacklist.nothing_to_decide"
    )
    listed = run("list", by="approver")
    assert listed.startswith(f"{number}  ")
    assert NUMBER not in listed
    assert ": lift_proposed" in run("lift", number, "--note", "搞错了人", by="approver")
    # The second person keeps the entry: it goes on as it was.
    assert ": approved" in run("refuse", number, "--note", "没有搞错")
    shown = run("show", number)
    assert NUMBER in shown
    assert "from: 走访：用于炒股\n" in shown
    steps = [line.split("  ", 1)[1] for line in shown.splitlines() if " by " in line and "  " in line][1:]
    assert steps == [
        "propose by lister-hzw: ",
        "approve by approver-hzw: 看过材料",
        "propose_lift by approver-hzw: 搞错了人",
        "keep by lister-hzw: 没有搞错",
    ]
    overlapping = run(*PROPOSE, *DAYS, typed=NUMBER, code=1)
    assert overlapping == f"refused: blacklist.overlaps {{'number': {number}}}\n"


def test_what_cannot_be_an_entry_is_refused_plainly(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = run(*PROPOSE, *DAYS, typed="李秀英", code=1)
    assert wrong == "standard input is neither an identity number nor a unified social credit code\n"
    past = ("--from", "2020-01-01", "--until", UNTIL.isoformat())
    assert "blacklist.begins_past" in run(*PROPOSE, *past, typed=NUMBER, code=1)
    assert run("show", "999", code=1) == "refused: blacklist.unknown\n"
    for words in (["propose", "--reason", "dislike"], ["approve", "7"], ["erase", "7"]):
        with pytest.raises(SystemExit) as ended:
            main(["blacklist", *words])
        assert ended.value.code == 2
    assert "invalid choice: 'dislike'" in capsys.readouterr().err


def test_who_has_no_scope_for_the_list_neither_reads_nor_changes_it(run: Run) -> None:
    assert run("list", by="duty", code=1).startswith("refused: ")
    assert run(*PROPOSE, *DAYS, typed=NUMBER, by="duty", code=1).startswith("refused: ")
