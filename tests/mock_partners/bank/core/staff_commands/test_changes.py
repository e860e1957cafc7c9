"""Products and parameters are changed on the command line by two persons, and a file's errors have lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mock_partners.bank.core.products.catalogue import SEEDS
from mock_partners.bank.core.staff_commands.changes import main, schema
from mock_partners.testing.running.local import RunningWorld, running_world
from partner_adapters.kit.values.clock import SystemClock
from tests.support.databases.proving import prove_books
from tests.support.people.statements import documented_product

Run = Callable[..., str]
SEED = (SEEDS / "sunshine_e_micro.toml").read_text("utf-8")
SCHEMA = Path(__file__).parents[5] / "docs" / "products" / "schema.json"
TOMORROW = (SystemClock().today() + timedelta(days=1)).isoformat()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningWorld]:
    with running_world(tmp_path_factory.mktemp("world"), ["core_bank", "card_network"]) as running:
        yield running
        prove_books(running)


@pytest.fixture
def run(world: RunningWorld, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command as an operator; return what it prints."""

    def run(*arguments: str, operator: str = "maker", layer: str = "hzw", code: int = 0) -> str:
        monkeypatch.setenv("SUNBRIDGE_CORE_URL", world.url("core_bank"))
        monkeypatch.setenv("SUNBRIDGE_OPERATOR", f"{operator}-{layer}")
        secret = world.world.secrets.password_file(f"{operator}_{layer}")
        monkeypatch.setenv("SUNBRIDGE_OPERATOR_SECRET_FILE", str(secret))
        assert main(arguments) == code
        printed = capsys.readouterr()
        lines = (printed.err if code else printed.out).splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith('{"'))

    return run


def test_two_change_figures_and_the_record_says_why(run: Run) -> None:
    own = ("parameters.cap_fen=20000000", "price.product_bp=40")
    proposed = run("products", "set", "sunshine_e_micro", *own, "--from", TOMORROW, "--reason", "市场")
    assert "  price.product_bp\n  - 60\n  + 40\n" in proposed
    number = proposed.split()[0]
    own_change = run("products", "approve", number, "--reason", "x", code=1)
    assert own_change == (
        "refused: change.own\n  the person who proposed it cannot decide; another one approves or refuses it\n"
    )
    assert "approved by checker-hzw" in run(
        "products", "approve", number, "--reason", "看过", operator="checker"
    )
    shown = run("products", "show", "sunshine_e_micro", "--day", TOMORROW)
    assert '"product_bp": 40' in shown
    assert "override sunshine_e_micro" in shown

    lpr = run(
        "parameters", "set", "lpr_ppm", "29000", "--from", TOMORROW, "--reason", "LPR", layer="province"
    )
    assert "  value\n  - 30000\n  + 29000\n" in lpr
    run("parameters", "approve", lpr.split()[0], "--reason", "看过", operator="checker", layer="province")
    assert "lpr_ppm = 30000  (province" in run("parameters", "show")
    assert f"lpr_ppm = 29000  (province {lpr.split()[0]}, from {TOMORROW}, by maker-province" in run(
        "parameters", "show", "--day", TOMORROW
    )
    assert "working days of 2099 are provisional" in run("parameters", "show", "--day", "2099-01-01")
    refused = run("parameters", "set", "lpr_ppm", "4000", "--from", TOMORROW, "--reason", "x", code=1)
    assert "change.invalid" in refused
    assert "  lpr_ppm: Input should be greater than" in refused
    # Without a day: that on which the bank is, whatever the calendar says.
    assert run("products", "show", "tea").startswith("tea on 20")


def test_a_file_s_errors_are_named_at_once_with_line_key_and_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def faults(text: str) -> list[str]:
        file = tmp_path / "product.toml"
        file.write_text(text, "utf-8")
        assert main(["products", "check", str(file)]) == 1
        return [line.removeprefix(f"{file}:") for line in capsys.readouterr().out.splitlines()]

    def line_of(text: str, part: str) -> int:
        return text[: text.index(part)].count("\n") + 1

    own_rule = (
        '\n[[rules]]\ncode = "A02"\nsource = "identity"\nwhen = """\n!identity."""\noutcome = "decline"\n'
    )
    broken = SEED.replace("min_fen = 1_000_000\nmax_fen", "min_fenn = 1_000_000\nmax_fen", 1) + own_rule
    found = faults(broken)
    assert f"{line_of(broken, 'min_fenn')}: asking.min_fenn: unknown key; did you mean min_fen?" in found
    misplaced = SEED.replace("min_fen = 1_000_000\nmax_fen", "floor_fen = 1\nmin_fen = 1_000_000\nmax_fen", 1)
    assert faults(misplaced)[0].endswith(
        "asking.floor_fen: unknown key here; it is a key of Limit (docs/products/schema.json)"
    )
    assert f"{line_of(broken, '[asking]')}: asking.min_fen: Field required" in found
    assert any(
        each.startswith(f"{line_of(broken, 'when = ')}: rules.0.when (A02): is not a CEL expression: line ")
        for each in found
    )

    outside = SEED.replace("product_bp = 60", "product_bp = 600", 1)
    outside = outside.replace('formula = "params.cap_fen"', 'formula = "params.cap"', 1)
    found = faults(outside)
    dear = line_of(outside, "product_bp = 600")
    assert f"{dear}: price.product_bp: 600 lies outside its range, -50 to 200" in found
    bounds = line_of(outside, "[[limit.bounds]]")
    assert any(
        each.startswith(
            f"{bounds + 3}: limit.bounds.0.formula (cap): unknown params.cap; fields of params are age_max"
        )
        for each in found
    )
    reversed_range = SEED.replace('cap_fen" = [', 'cap_fen" = [99_000_000, 1_000]  # [', 1)
    assert any(
        each.endswith(": ranges.parameters.cap_fen: the least, 99000000, lies above the most, 1000")
        for each in faults(reversed_range)
    )
    assert (
        "policies: unknown part"
        in faults(SEED.replace('policies = ["identity"', 'policies = ["identiy"', 1))[0]
    )

    product = documented_product()
    without_text = product.replace("\ntext = {", "\n# text = {")
    start = line_of(without_text, "# A rule with a code and texts of its own.") + 1
    assert [each.partition("; ")[0] for each in faults(without_text)] == [
        f"{start}: rules.1.text (Q01): the pages have no text for Q01"
    ]
    misspelt = product.replace("额度多 $month_fen 元", "额度多 $moth_fen 元")
    assert faults(misspelt)[0].startswith(
        f"{line_of(misspelt, 'moth_fen')}: limit.bounds.1.help (by_months): zh: unknown $moth_fen; known are"
    )

    dear = SEED + '\n[drawdown.fee]\nname = { zh = "放款服务费", en = "Loan service fee" }\nppm = 60_000\n'
    assert faults(dear) == [
        f"{line_of(dear, 'ppm = 60_000')}: drawdown.fee.ppm: Input should be less than or equal to 50000"
    ]
    assert (
        f"{line_of(dear, '[drawdown.fee]')}: drawdown.fee: takes 5001 of the least draw, line.min_draw_fen, which is"
        " 100000; at most 50000 ppm of it"
    ) in faults(dear.replace("ppm = 60_000", "fixed_fen = 5_001"))

    declines_all = SEED + own_rule.replace("!identity.", "identity.age >= 0").replace("A02", "B02")
    assert faults(declines_all)[1].startswith(
        f"{line_of(declines_all, '[sample')}: sample: is declined for B02"
    )
    assert faults("code = ")[0].startswith("1: is not TOML")
    past = SEED.replace(SEED[SEED.index("effective_on") :].splitlines()[0], "effective_on = 2025-12-10", 1)
    assert faults(past)[0].endswith(f"effective_on: 2025-12-10 is not after today; the first is {TOMORROW}")


def test_the_checker_of_a_new_product_reads_each_figure_on_a_line_of_its_own(
    run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "product.toml"
    file.write_text(documented_product(), "utf-8")
    proposed = run("products", "propose", str(file), "--reason", "harvest", layer="province")
    assert "\n  + asking.max_fen = 10000000\n" in proposed
    assert "\n  + line.months = 24\n" in proposed
    # How loans are repaid is told once.
    assert "\n  + terms.day_counts." in proposed
    assert "servicing.repayment" not in proposed
    assert max(map(len, proposed.splitlines())) < 400


def test_the_complete_product_of_the_documentation_can_be_proposed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "product.toml"
    file.write_text(documented_product(), "utf-8")
    code = main(["products", "check", str(file)])
    assert (code, capsys.readouterr().out) == (0, f"{file}: can be proposed\n")


def test_a_day_that_is_none_is_said_to_be_none(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["products", "show", "tea", "--day", "x"])
    assert "argument --day: x is not a day, such as 2026-12-31" in capsys.readouterr().err


def test_the_schema_beside_the_documents_is_that_of_the_code() -> None:
    assert SCHEMA.read_text("utf-8") == schema() + "\n", "run make openapi"
