"""The main job, end to end, in a real Chromium 64, with scripts and without: nothing is out of reach or sight."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_partners.testing.people.personas import person
from mock_partners.testing.worlds.faults import Fault
from tests.support.browsers.old_phone import old_phone
from tests.support.houses.journey import House, house
from tests.support.people.old_way import OldWay

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def the_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for this file: each test is another person in it."""
    with house(Path(tmp_path_factory.mktemp("house"))) as running:
        yield running


@pytest.mark.parametrize(
    ("who", "scripts", "name"),
    [
        pytest.param("li_xiuying", True, "scripted", id="scripts"),
        pytest.param("wang_qiang", False, "plain", id="no-scripts", marks=pytest.mark.whole),
    ],
)
def test_a_person_borrows_and_repays_on_an_old_phone(
    the_house: House, who: str, scripts: bool, name: str
) -> None:
    with old_phone(scripts=scripts) as phone:
        way = OldWay(phone, the_house, person(who), name)
        way.take_phone()
        way.enter()
        way.see_limit()
        way.open_account()
        way.top_up("100")
        way.until_done("充值成功")
        way.picture("topped-up")
        way.apply("50000")
        way.sign()
        way.draw("20000")
        way.repay_part("3000", days_later=10)
        if not scripts:
            way.repay_by_card("1000")
        way.read_statement()
        for text in ("充值", "借款到账", "还款", "20,000.00", "3,000.00", "100.00"):
            phone.sees(text, within_s=0)
    the_house.proves()


@pytest.mark.whole
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_person_does_everything_with_the_account_on_an_old_phone(tmp_path: Path, scripts: bool) -> None:
    name = "account-scripted" if scripts else "account-plain"
    with house(tmp_path) as running, old_phone(scripts=scripts) as phone:
        way = OldWay(phone, running, person("li_xiuying"), name)
        way.take_phone()
        way.enter()
        way.see_limit()
        way.open_account()
        way.top_up("100")
        way.until_done("充值成功")
        way.limit_transfers("60")
        way.withdraw("60")
        way.change_card()
        way.withdraw("40")
        way.freeze_and_lift()
        way.close_account()
        running.proves()


@pytest.mark.parametrize(
    ("who", "scripts", "name"),
    [
        pytest.param("chen_jianguo", True, "scripted", id="scripts", marks=pytest.mark.whole),
        pytest.param("zhou_guohua", False, "plain", id="no-scripts"),
    ],
)
def test_a_slow_top_up_turns_by_itself_or_by_the_link(
    the_house: House, who: str, scripts: bool, name: str
) -> None:
    with old_phone(scripts=scripts) as phone:
        way = OldWay(phone, the_house, person(who), f"slow-{name}")
        way.take_phone()
        way.enter()
        phone.tap("同意并看我的额度")
        way.home()
        way.open_account()
        the_house.world.faults["card_network"].add(
            Fault(kind="latency", method="POST", path="/debits", seconds=3)
        )
        way.top_up("100")
        way.heading("银行正在处理这笔充值")
        way.picture("processing")
        way.until_done("充值成功")
        way.picture("done")
    the_house.proves()
