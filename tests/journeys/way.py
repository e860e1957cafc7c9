"""The citizen's way, a step a method, by what the person reads on the screen: for tests and for `make walk`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from playwright.sync_api import Locator, Page, expect

from mock_partners.worlds.people import Person
from tests.journeys.house import House

Picture = Callable[[str], None]
MOST_CONSENTS = 10


def _no_picture(_name: str) -> None:
    pass


@dataclass
class Way:
    """One person with one phone. `picture` is called with a name at each step worth seeing."""

    page: Page
    house: House
    person: Person
    picture: Picture = field(default=_no_picture)

    # What a finger does

    def tap(self, name: str, *, exact: bool = False) -> None:
        """The button or link that reads `name`."""
        self.page.get_by_role("button", name=name, exact=exact).or_(
            self.page.get_by_role("link", name=name, exact=exact)
        ).first.click()

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label).fill(text)

    def choose(self, label: str) -> None:
        self.page.get_by_label(label, exact=True).or_(
            self.page.get_by_label(re.compile(f"^{re.escape(label)}"))
        ).first.check()

    def sees(self, text: str) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible()

    def heading(self, text: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(text)

    def row(self, term: str) -> Locator:
        """The value beside `term` in a list of facts."""
        return (
            self.page.locator(
                ".facts > div", has=self.page.locator("dt", has_text=re.compile(f"^{re.escape(term)}$"))
            )
            .locator("dd")
            .first
        )

    # The way

    def take_phone(self) -> None:
        self.page.goto(f"{self.house.phone(self.person.partner)}me")
        owner = self.page.get_by_role("button", name=self.person.name)
        if owner.count():
            owner.first.click()
        self.page.goto(self.house.phone(self.person.partner))
        self.picture("shell")

    def enter(self) -> None:
        self.tap("企业周转贷")
        if self.at_the_app():
            self.pass_face("login-face")
        self.heading("您好")

    def at_the_app(self) -> bool:
        """Whether the super-app wants to see the person; some know who holds the phone and ask nothing."""
        return self.page.url.startswith(self.house.world.url("gov_app"))

    def pass_face(self, name: str = "step-up-face") -> None:
        expect(self.page.get_by_role("button", name="通过", exact=True)).to_be_visible()
        self.picture(name)
        self.tap("通过", exact=True)

    def see_limit(self) -> None:
        self.picture("home-first")
        self.tap("同意并看我的额度")

    def open_account(self) -> None:
        self.give_particulars()
        self.bind_card(self.person.cards[0].number)
        self.confirm_opening()

    def give_particulars(self) -> None:
        self.tap("开通电子账户")
        self.heading("您的基本信息")
        self.choose(
            {
                "farmer": "农户",
                "sole_trader": "个体工商户",
                "owner": "企业主",
                "employee": "职工",
                "other": "其他",
            }[self.person.occupation]
        )
        self.fill("现在住在哪里", self.person.address)
        self.fill("身份证有效期到", "2035-08-31")
        self.choose("我只是中国税收居民")
        self.picture("account-particulars")
        self.tap("下一步")
        self.heading("绑定您的银行卡")

    def bind_card(self, number: str) -> None:
        self.fill("银行卡号", number)
        self.fill("银行预留手机号", self.person.phone)
        self.picture("account-card")
        self.tap("下一步")

    def confirm_opening(self) -> None:
        self.heading("请核对后开通")
        for box in self.page.get_by_role("checkbox").all():
            box.check()
        self.picture("account-confirm")
        self.confirm("确认开通")

    def confirm(self, button: str) -> None:
        """Tap a binding button; where the last face check is too old, pass another and tap again."""
        self.tap(button)
        if self.at_the_app():
            self.pass_face()
            self.tap(button)

    def until_done(self, heading: str) -> None:
        """The order page, as often reloaded as a person without scripts would."""
        for _ in range(40):
            if self.page.get_by_role("heading", level=1, name=heading).count():
                return
            self.page.wait_for_timeout(250)
            if self.page.get_by_role("link", name="刷新").count():
                self.page.reload()
        self.heading(heading)

    def top_up(self, yuan: str) -> None:
        self.home()
        self.tap("充值")
        self.fill("充值金额", yuan)
        self.picture("top-up")
        self.tap("确认充值")

    def home(self) -> None:
        self.page.goto(f"{self.house.h5app}/{self.person.partner}/")
        self.heading("您好")

    def apply(
        self, yuan: str, months: str = "12 个月", purpose: str | None = None, method: str = "等额本息"
    ) -> None:
        self.home()
        self.tap("申请这个额度")
        self.picture("product")
        self.tap("申请")
        self.heading("想借多少")
        self.fill("借多少", yuan)
        self.choose(months)
        self.picture("apply-amount")
        self.tap("下一步")
        self.heading("钱用在哪里")
        if purpose:
            self.choose(purpose)
        else:
            self.page.locator("input[name=purpose]").first.check()
        self.choose(method)
        self.picture("apply-purpose")
        self.tap("下一步")
        for _ in range(MOST_CONSENTS):
            if not self.page.get_by_role("button", name="同意这一项").count():
                break
            self.picture("apply-consent")
            self.tap("同意这一项")
        self.heading("请核对后提交")
        self.picture("apply-check")
        self.tap("提交申请")

    def see_decision(self, heading: str) -> None:
        self.until_done("申请有结果了")
        self.tap("看结果")
        self.heading(heading)
        self.picture("decision")

    def sign(self) -> None:
        for _ in range(40):
            if self.page.get_by_role("link", name="看合同并签署").count():
                break
            self.page.wait_for_timeout(250)
            self.page.reload()
        self.tap("看合同并签署")
        self.heading("请先看合同")
        self.picture("contract")
        address = self.page.get_by_role("link", name="打开合同").get_attribute("href")
        document = self.page.context.request.get(f"{self.house.h5app}{address}")
        assert document.body().startswith(b"%PDF-")
        self.tap("下一步：看全部费用")
        self.heading("综合融资成本明示表")
        self.picture("cost-table")
        self.page.get_by_role("checkbox").check()
        self.page.wait_for_timeout(5_500)
        self.confirm("同意并签署")
        self.until_done("合同签好了")
        self.picture("signed")

    def draw(self, yuan: str, months: str = "12 个月", method: str = "等额本息") -> None:
        self.home()
        self.picture("home-with-line")
        self.tap("去借款")
        self.fill("借多少", yuan)
        self.choose(months)
        self.choose(method)
        self.picture("draw")
        self.tap("看还款计划")
        self.heading("确认借款")
        self.picture("draw-quote")
        self.confirm("确认借款")
        self.until_done("借款到账了")
        self.picture("drawn")

    def repay_part(self, yuan: str, *, days_later: int = 0) -> None:
        self.house.world.clock.advance(timedelta(days=days_later))
        self.home()
        self.picture("home-with-loan")
        self.tap("我的借款")
        self.page.locator("main .rows a").first.click()
        self.picture("loan")
        self.tap("去还款")
        self.choose("提前还一部分")
        self.fill("还一部分时，还多少", yuan)
        self.picture("repay")
        self.tap("下一步：看结果")
        self.heading("确认还款")
        self.picture("repay-quote")
        self.tap("确认还款")
        self.until_done("还款成功")
        self.picture("repaid")

    def read_statement(self) -> None:
        self.home()
        self.tap("明细")
        self.picture("statement")

    def until_offered(self) -> None:
        for _ in range(40):
            if self.page.get_by_role("link", name="开通电子账户").count():
                break
            self.page.wait_for_timeout(250)
            self.home()
        self.sees("您可借")
        self.picture("limit")
