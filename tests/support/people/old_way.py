"""The citizen's way on an old phone, a step a method. Each picture also checks that the page fits the screen."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx

from mock_partners.testing.people.personas import Person
from tests.support.browsers.old_phone import OldPhone
from tests.support.houses.journey import House
from tests.support.people.photographs import photograph_files
from tests.support.people.way import OCCUPATIONS

PICTURES = Path(__file__).parents[3] / ".sunbridge/walk"
TRIES = 100


@dataclass
class OldWay:
    """One person with one old phone; pictures are `old-{name}-{number}-{what}.png`."""

    phone: OldPhone
    house: House
    person: Person
    name: str
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def picture(self, what: str) -> None:
        self.phone.fits()
        self.phone.screenshot(PICTURES / f"old-{self.name}-{next(self._numbers):02d}-{what}.png")

    def heading(self, text: str) -> None:
        """The page's title says `text` now: what a tap led to has loaded."""
        assert text in self.phone.heading(), f"{self.phone.url}: {self.phone.heading()}\n{self.phone.text()}"

    def take_phone(self) -> None:
        shell = self.house.phone(self.person.partner)
        self.phone.open(f"{shell}me")
        self.phone.tap(self.person.name)
        self.phone.open(shell)
        self.picture("shell")

    def enter(self) -> None:
        self.phone.tap("企业周转贷")
        if self.at_the_app():
            self.pass_face()
        if self.phone.offers("不同意"):
            self.phone.tap("同意")
        self.heading("您好")

    def at_the_app(self) -> bool:
        """Whether the super-app wants to see the person."""
        return self.phone.url.startswith(self.house.world.url("gov_app"))

    def pass_face(self) -> None:
        self.picture("face")
        self.phone.tap("通过")

    def see_limit(self) -> None:
        self.picture("home-first")
        self.phone.tap("同意并看我的额度")
        for _ in range(TRIES):
            if self.phone.offers("开通电子账户"):
                break
            time.sleep(0.25)
            self.home()
        self.phone.sees("名单上给您的额度")
        self.picture("limit")

    def open_account(self) -> None:
        self.phone.tap("开通电子账户")
        self.heading("您的基本信息")
        self.phone.choose(OCCUPATIONS[self.person.occupation])
        self.phone.fill("现在住在哪里", self.person.address)
        self.phone.fill("身份证有效期到", self.person.id_card_until)
        self.phone.choose("我只是中国税收居民")
        self.phone.fill("银行卡号", self.person.cards[0].number)
        self.phone.fill("银行预留手机号", self.person.phone)
        self.picture("account-particulars")
        self.phone.tap("下一步")
        self.heading("给身份证拍照")
        self.picture("account-document")
        self.phone.attach(photograph_files())
        self.phone.tap("下一步")
        self.heading("请核对后开通")
        self.phone.tick_all()
        self.picture("account-confirm")
        self.confirm("确认开通")
        self.until_done("电子账户开通了")
        self.picture("account-opened")

    def top_up(self, yuan: str) -> None:
        self.home()
        self.phone.tap("充值")
        self.phone.fill("充值金额", yuan)
        self.picture("top-up")
        self.phone.tap("下一步")
        self.heading("确认充值")
        self.phone.tick_all()
        self.picture("top-up-confirm")
        self.phone.tap("确认充值")

    def apply(self, yuan: str) -> None:
        self.home()
        self.phone.tap("申请这个额度")
        self.picture("product")
        self.phone.fill("借多少", yuan)
        self.phone.choose("12 个月")
        self.phone.choose_at("input[name=purpose]")
        self.phone.choose("等额本息")
        self.picture("apply-amount")
        self.phone.tap("下一步")
        while self.phone.offers("同意这一项"):
            self.picture("apply-consent")
            self.phone.tap("同意这一项")
        self.heading("请核对后提交")
        self.picture("apply-check")
        self.phone.tap("提交申请")
        self.until_done("批下来了")
        self.picture("approved")

    def sign(self) -> None:
        for _ in range(TRIES):
            if self.phone.offers("看合同并签署"):
                break
            time.sleep(0.25)
            self.phone.reload()
        self.phone.tap("看合同并签署")
        self.heading("请先看合同")
        self.picture("contract")
        assert self.read(self.phone.address_of("打开合同（PDF）")).startswith(b"%PDF-")
        self.phone.tap("下一步")
        self.heading("综合融资成本明示表")
        self.phone.tick_all()
        self.picture("cost-table")
        self.wait_to_read()
        self.confirm("同意并签署")
        self.until_done("合同签好了，额度可以用了")
        self.picture("signed")

    def wait_to_read(self) -> None:
        """A phone with scripts counts down on the button, one without is told by the page's own words."""
        if self.phone.scripts:
            assert self.phone.offers("请再看"), self.phone.text()
            self.phone.sees("同意并签署")
        else:
            time.sleep(5.5)

    def draw(self, yuan: str) -> None:
        self.home()
        self.picture("home-with-line")
        self.phone.tap("去借款")
        self.phone.fill("借多少", yuan)
        self.phone.choose("12 个月")
        self.phone.choose("等额本息")
        self.picture("draw")
        self.phone.tap("看还款计划")
        self.heading("确认借款")
        self.phone.tap("看全部 12 期还款计划")
        self.phone.sees("12. ")
        self.phone.tick_all()
        self.picture("draw-quote")
        self.confirm("确认借款")
        self.until_done("借款到账了")
        self.picture("drawn")

    def repay_part(self, yuan: str, *, days_later: int) -> None:
        self.house.world.clock.advance(timedelta(days=days_later))
        self.home()
        self.picture("home-with-loan")
        self.phone.tap("我的借款")
        self.phone.tap_at("main .rows a")
        self.picture("loan")
        self.phone.tap("去还款")
        self.phone.choose("提前还一部分")
        self.phone.fill("提前还多少", yuan)
        self.picture("repay")
        self.phone.tap("核对这次还款")
        self.heading("确认还款")
        self.phone.tick_all()
        self.picture("repay-quote")
        self.phone.tap("确认还款")
        self.until_done("还款成功")
        self.picture("repaid")

    def repay_by_card(self, yuan: str) -> None:
        self.home()
        self.phone.tap("我的借款")
        self.phone.tap_at("main .rows a")
        self.phone.tap("去还款")
        self.phone.choose("提前还一部分")
        self.phone.fill("提前还多少", yuan)
        self.phone.choose_at("input[name=source][value=card]")
        self.phone.tap("核对这次还款")
        self.heading("确认还款")
        self.phone.tick_all()
        self.picture("repay-by-card")
        self.confirm("确认还款")
        self.until_done("还款成功")

    def limit_transfers(self, yuan: str) -> None:
        self.home()
        self.phone.tap("账户")
        self.phone.tap("转出限额")
        self.phone.fill("每笔最多", yuan)
        self.picture("limits")
        self.phone.tap("下一步")
        self.heading("确认限额")
        self.confirm("确认修改限额")
        self.until_done("限额已改，已经生效")

    def withdraw(self, yuan: str) -> None:
        self.home()
        self.phone.tap("提现")
        self.phone.fill("提现金额", yuan)
        self.picture("withdraw")
        self.phone.tap("下一步")
        self.heading("确认提现")
        self.phone.tick_all()
        self.picture("withdraw-confirm")
        self.confirm("确认提现")
        self.until_done("提现成功")
        self.picture("withdrawn")

    def change_card(self) -> None:
        """To the last of the person's cards, whose number is asked for twice."""
        self.home()
        self.phone.tap("换绑银行卡")
        for _ in range(2):
            self.phone.fill("银行卡号", self.person.cards[3].number)
            self.phone.fill("银行预留手机号", self.person.phone)
            self.picture("new-card")
            self.phone.tap("下一步")
        self.heading("确认换绑")
        self.confirm("确认换绑")
        self.until_done("银行卡已经换绑")

    def freeze_and_lift(self) -> None:
        self.home()
        self.phone.tap("账户")
        self.phone.tap("挂失")
        self.heading("挂失电子账户")
        self.picture("freeze")
        self.phone.tap("确认挂失")
        self.until_done("账户挂失了")
        self.home()
        self.phone.tap("解除挂失")
        self.heading("解除挂失")
        self.picture("lift")
        self.confirm("确认解除挂失")
        self.until_done("挂失解除了")

    def close_account(self) -> None:
        self.home()
        self.phone.tap("账户")
        self.phone.tap("销户")
        self.heading("销户")
        self.phone.tick_all()
        self.picture("close")
        self.confirm("确认销户")
        self.until_done("账户已经销户")

    def read_statement(self) -> None:
        self.home()
        self.phone.tap("明细")
        self.picture("statement")

    def home(self) -> None:
        self.phone.open(f"{self.house.h5app}/{self.person.partner}/")
        self.heading("您好")

    def confirm(self, button: str) -> None:
        """Tap a binding button; where the last face check is too old, pass another and tap again."""
        self.phone.tap(button)
        if self.at_the_app():
            self.pass_face()
            self.phone.tap(button)

    def until_done(self, heading: str) -> None:
        """A page with scripts turns by itself; without them the person taps its link."""
        for _ in range(TRIES):
            if heading in self.phone.heading():
                return
            time.sleep(0.25)
            if not self.phone.scripts and self.phone.offers("刷新"):
                self.phone.tap("刷新")
        self.heading(heading)

    def read(self, url: str) -> bytes:
        """What the phone would load from there: a headless browser has no window for documents."""
        kept = self.phone.tab.call("Network.getCookies", urls=[url])["cookies"]
        answer = httpx.get(url, cookies={cookie["name"]: cookie["value"] for cookie in kept})
        assert answer.status_code == 200, url
        return answer.content
