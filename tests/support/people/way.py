"""The citizen's way, a step a method, by what the person reads on the screen: for tests and for `make walk`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import httpx
from playwright.sync_api import Locator, Page, Route, expect

from mock_partners.testing.people.personas import Person
from partner_adapters.kit.values.masking import mask_name
from tests.support.browsers.hands import Finger, Hands
from tests.support.houses.journey import House
from tests.support.pages.words import words
from tests.support.people.card_and_code import by_card_and_code
from tests.support.people.effort import Act, Counted
from tests.support.people.photographs import LABELS, photograph

Picture = Callable[[str], None]
MOST_CONSENTS = 10
LOOKS, LOOK_EVERY_MS = 100, 100
# A little longer than the costs must be read. `test_waiting` waits for the button in real time.
READING = timedelta(seconds=6)
OCCUPATIONS = {
    "farmer": "农户",
    "sole_trader": "个体工商户",
    "owner": "企业主",
    "employee": "职工",
    "other": "其他",
}
# The legs of the way whose effort `make walk` prints.
TO_THE_MONEY, AFTER_THE_MONEY, BACK_TO_DRAW = "to the money", "after the money", "back to draw"
MONEY_OUT, CARD_CHANGE = "all of it to the card", "another card"
ON_THE_ACCOUNT = "limits, statement, repaying from the card"
SIZES = {"standard": "标准", "elder": "大字", "largest": "特大"}
LANGUAGES = {"zh": "中文", "en": "English"}


def no_picture(_name: str) -> None:
    pass


@dataclass
class Way:
    """One person with one phone. The way is told in Chinese; `lang` is what the pages are in.

    `picture` is called with a name at each step worth seeing.
    """

    page: Page
    house: House
    person: Person
    picture: Picture = field(default=no_picture)
    lang: str = "zh"
    hands: Hands = field(default_factory=Finger)
    # How many have come to the phone so far.
    codes: int = 0
    # What the person did, for `effort.efforts`.
    acts: list[Act] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.hands = Counted(self.hands, self.acts)

    # What a person does

    def tap(self, name: str) -> None:
        """The button or link that reads `name` in the page's language."""
        self.press(self.words(name))

    def press(self, name: str) -> None:
        """The button or link that reads so to the letter, or else the first that holds it."""
        exact = self._control(name, exact=True)
        self.hands.press(exact if exact.count() else self._control(name))

    def _control(self, name: str, *, exact: bool = False) -> Locator:
        # After a tap, the next page may have no content yet, and what is only counted would seem to be missing.
        self.page.wait_for_load_state("domcontentloaded")
        button = self.page.get_by_role("button", name=name, exact=exact)
        return button.or_(self.page.get_by_role("link", name=name, exact=exact)).first

    def fill(self, label: str, text: str) -> None:
        self.hands.fill(self.page.get_by_label(self.words(label)), text)

    def choose(self, label: str) -> None:
        self.hands.check(self.labelled(self.words(label)))

    def tick_all(self, under: str) -> None:
        """Every box of the page with this heading; of a page that still loads there would be none."""
        self.heading(under)
        for box in self.page.get_by_role("checkbox").all():
            self.hands.check(box)

    def labelled(self, label: str) -> Locator:
        """The box or radio button whose label reads or begins so."""
        begins = self.page.get_by_label(re.compile(f"^{re.escape(label)}"))
        return self.page.get_by_label(label, exact=True).or_(begins).first

    # What a person sees

    def words(self, chinese: str) -> str:
        return words(self.lang, chinese)

    def sees(self, text: str) -> None:
        # The options of a closed list are in the page, and no person sees them.
        expect(self.page.get_by_text(self.words(text)).filter(visible=True).first).to_be_visible()

    def heading(self, text: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(self.words(text))

    def offers(self, name: str) -> bool:
        """Whether there is such a button or link now."""
        return self._control(self.words(name)).count() > 0

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

    def borrow(self, *, asked: str, draw: str, days_later: int = 0) -> None:
        """The main job, from the limit on the home page to the last entry of the statement."""
        self.see_limit()
        self.until_offered()
        self.open_account()
        self.until_done("电子账户开通了")
        self.picture("account-opened")
        self.apply(asked)
        self.see_decision("批下来了")
        self.sign()
        self.draw(draw)
        self.begin(AFTER_THE_MONEY)
        self.top_up("100")
        self.until_done("充值成功")
        self.picture("topped-up")
        self.repay_part("3000", days_later=days_later)
        self.read_statement()

    def come_back_to_draw(self, yuan: str) -> None:
        """From the tile to the money once more, when a line is open already."""
        self.page.goto(self.house.phone(self.person.partner))
        self.begin(BACK_TO_DRAW)
        self.enter()
        self.draw(yuan)

    def begin(self, leg: str) -> None:
        """What the person does from here counts for this leg of the way."""
        self.acts.append(Act("leg", leg))

    def set_display(self, text_size: str, lang: str) -> None:
        """Ends on the home page, in that size and language."""
        self.tap("字号与语言")
        self.choose(SIZES[text_size])
        self.hands.check(self.labelled(LANGUAGES[lang]))
        self.picture("display")
        self.tap("保存")
        self.lang = lang
        self.heading(self.greeting)

    def take_phone(self) -> None:
        self.page.goto(f"{self.house.phone(self.person.partner)}me")
        if self.page.get_by_role("button", name=self.person.name).count():
            self.press(self.person.name)
        self.page.goto(self.house.phone(self.person.partner))
        self.picture("shell")
        self.begin(TO_THE_MONEY)

    def enter(self) -> None:
        self.press("企业周转贷")
        # Where a bridge is asked, a page of ours stands in between, with scripts and without.
        self.page.wait_for_url(lambda address: not address.partition("?")[0].endswith("/enter"))
        if self.at_the_app():
            self.pass_face("login-face")
        self.arrives()

    def arrives(self) -> None:
        """From the host's answer to the home page."""
        self.agree()
        if self.offers("是我本人，进入"):
            self.picture("arrive")
            self.tap("是我本人，进入")
        self.heading(self.greeting)

    def agree(self) -> None:
        """Agree to be handed over, where the person is asked: on first arrival."""
        button = self.page.locator("button[value=agree]")
        known = self.page.get_by_role("heading", level=1).filter(has_text=self.words(self.greeting))
        button.or_(known).or_(self._control(self.words("是我本人，进入"))).first.wait_for()
        if button.count():
            self.picture("handover")
            self.tap("同意")

    @property
    def greeting(self) -> str:
        return f"{mask_name(self.person.name)}，您好"

    def at_the_app(self) -> bool:
        """Whether the super-app wants to see the person; some know who holds the phone and ask nothing."""
        by_its_bridge = "/face?" in self.page.url
        return by_its_bridge or self.page.url.startswith(self.house.world.url("gov_app"))

    def pass_face(self, name: str = "step-up-face") -> None:
        expect(self.page.get_by_role("button", name="通过", exact=True)).to_be_visible()
        self.picture(name)
        self.press("通过")

    def passes_a_check(self) -> bool:
        """If one is asked for: by face or, where the app has no face check, by card and code."""
        if self.at_the_app():
            self.pass_face()
            return True
        if "/card-check?" in self.page.url:
            by_card_and_code(self)
            return True
        return False

    def see_limit(self) -> None:
        self.picture("home-first")
        self.tap("同意并看我的额度")

    def open_account(self) -> None:
        self.give_particulars()
        self.bind_card(self.person.cards[0].number)
        self.photograph_card()
        self.confirm_opening()

    def give_particulars(self) -> None:
        self.until_home_offers("开通电子账户")
        self.tap("开通电子账户")
        self.heading("您的基本信息和银行卡")
        self.choose(OCCUPATIONS[self.person.occupation])
        self.fill("现在住在哪里", self.person.address)
        self.fill("身份证有效期到", self.person.id_card_until)
        self.choose("我只是中国税收居民")

    def bind_card(self, number: str) -> None:
        self.fill("银行卡号", number)
        self.fill("银行预留手机号", self.person.phone)
        self.picture("account-particulars")
        self.tap("下一步")

    def photograph_card(self) -> None:
        """Both sides; with scripts each is sent at once."""
        self.heading("给身份证拍照")
        self.picture("account-document")
        for side, label in LABELS.items():
            target = self.page.get_by_label(self.words(label), exact=True).first
            self.hands.attach(target, f"{side}.jpg", photograph(side))
            if self.scripted:
                received = self.page.locator(f"#{side}-hint", has_text=self.words("这张收到了。"))
                expect(received).to_be_visible()
        self.picture("account-photographed")
        self.tap("下一步")

    @property
    def scripted(self) -> bool:
        """Whether scripts run on the page."""
        return "scripted" in (self.page.locator("html").get_attribute("class") or "")

    def open_class_three(self) -> None:
        """Open the account with a card that opens no account of class II: one of class III, which the page offers."""
        self.give_particulars()
        self.bind_card(self.person.cards[1].number)
        self.choose("不换卡也可以：用这张卡先开一个 III 类户")
        self.picture("class-three-offered")
        self.tap("下一步")
        self.photograph_card()
        self.confirm_opening()

    def raise_class(self, number: str) -> None:
        """Raise the account to class II, with the number of its bound card, whose check digit it breaks."""
        self.home()
        self.tap("账户")
        self.tap("升为 II 类户")
        self.fill("银行卡号", number)
        self.fill("银行预留手机号", self.person.phone)
        self.tap("确认升级")
        self.page.get_by_role("alert").wait_for()
        self.picture("raise")
        self.confirm("确认升级")
        self.until_done("账户已升为 II 类户")
        self.picture("raised")

    def confirm_opening(self) -> None:
        self.tick_all(under="请核对后开通")
        self.picture("account-confirm")
        self.confirm("确认开通")

    def confirm(self, button: str) -> None:
        """Tap a binding button; where the last check is too old, pass another and tap again."""
        self.tap(button)
        if self.passes_a_check():
            self.tap(button)

    def until_done(self, heading: str) -> None:
        """The order page, as often reloaded as a person without scripts would."""
        for look in range(LOOKS):
            if self.page.get_by_role("heading", level=1, name=self.words(heading)).count():
                return
            self.wait(look, heading)
            if self.offers("刷新"):
                self.page.reload()
        self.heading(heading)

    def wait(self, look: int, for_what: str) -> None:
        """Wait before the next look. However often a person looks, it is one wait."""
        if not look:
            self.acts.append(Act("wait", for_what))
        self.page.wait_for_timeout(LOOK_EVERY_MS)

    def until_a_code_is_asked_for(self) -> None:
        code = self.page.get_by_label(self.words("短信验证码"))
        again = self._control(self.words("看看结果"), exact=True)
        for _ in range(LOOKS):
            code.or_(again).first.wait_for()
            if code.count():
                return
            again.click()

    def top_up(self, yuan: str) -> None:
        self.home()
        self.tap("充值")
        self.fill("充值金额", yuan)
        self.picture("top-up")
        self.tap("下一步")
        answer = self.page.get_by_role("heading", level=1, name=self.words("确认充值"), exact=True)
        answer.or_(self.page.get_by_role("alert")).first.wait_for()
        if not answer.count():
            return  # the amount is refused
        self.tick_all(under="确认充值")
        self.picture("top-up-confirm")
        self.confirm(f"确认充值 ¥{int(yuan):,}.00")

    def limit_transfers(self, yuan: str) -> None:
        """Limit what one transfer from the account may take."""
        self.home()
        self.tap("账户")
        self.tap("转出限额")
        self.fill("每笔最多", yuan)
        self.picture("limits")
        self.tap("下一步")
        self.heading("确认限额")
        self.picture("limits-confirm")
        self.confirm("确认修改限额")

    def withdraw_all(self) -> None:
        self.home()
        self.tap("提现")
        self.picture("withdraw")
        all_of_it = self.words("全部提出 ¥0.00").partition("¥")[0].strip()
        self.tap_with_amount("全部提出" if self._control(all_of_it).count() else "最多提出")
        answer = self.page.get_by_role("heading", level=1, name=self.words("确认提现"), exact=True)
        answer.wait_for()
        self.tick_all(under="确认提现")
        self.picture("withdraw-confirm")
        self.tap_with_amount("确认提现")
        if self.passes_a_check():
            self.tap_with_amount("确认提现")
        self.until_done("提现成功")
        self.picture("withdrawn")

    def tap_with_amount(self, name: str) -> None:
        """The button or link that reads `name` and an amount."""
        self.press(self.words(f"{name} ¥0.00").partition("¥")[0].strip())

    def home(self) -> None:
        """Every page leads home by one tap, unless the person is there already."""
        home = f"{self.house.h5app}/{self.person.partner}/"
        if self.page.url != home:
            self.acts.append(Act("tap", "home"))
        self.page.goto(home)
        self.heading(self.greeting)

    def apply(
        self, yuan: str, months: str = "12 个月", purpose: str | None = None, method: str = "等额本息"
    ) -> None:
        if self.offers("接着办借款"):
            self.tap("接着办借款")
        else:
            self.home()
            self.tap("申请这个额度")
        self._answer_and_submit(yuan, months, purpose, method)

    def apply_for(self, product: str, yuan: str, method: str = "等额本息") -> None:
        """Apply for a product of the catalogue, by its code."""
        self.home()
        self.tap("贷款产品")
        self.picture("catalogue")
        self.hands.press(self.page.locator(f"a[href$='/credit/{product}']"))
        self._answer_and_submit(yuan, "12 个月", None, method)

    def _answer_and_submit(self, yuan: str, months: str, purpose: str | None, method: str) -> None:
        self.picture("product")
        if self.page.get_by_label(self.words("借多少")).input_value() != yuan:
            self.fill("借多少", yuan)
        self.choose(months)
        if purpose:
            self.choose(purpose)
        else:
            self.hands.check(self.page.locator("input[name=purpose]").first)
        self.choose(method)
        self.picture("apply-amount")
        self.tap("下一步")
        for _ in range(MOST_CONSENTS):
            if not self.offers("同意这一项"):
                break
            self.picture("apply-consent")
            self.tap("同意这一项")
        if self.offers("去税务局授权"):
            self.authorise()
        self.heading("请核对后提交")
        self.picture("apply-check")
        self.tap("提交申请")

    def authorise(self) -> None:
        """At the tax bureau's own page, and back."""
        self.picture("authorise")
        self.tap("去税务局授权")
        self.hands.fill(self.page.locator("#id_number"), self.person.id_number)
        played = re.search("[0-9]{4,8}", self.page.locator("#code-hint").inner_text())
        assert played is not None
        self.hands.fill(self.page.locator("#code"), played[0])
        self.picture("tax-bureau")
        self.press("同意授权")
        self.picture("authorised")
        self.tap("交给银行，接着办")

    def authorise_from_offers(self) -> None:
        """From the page of all products to the tax bureau's, and back."""
        self.hands.press(self.page.locator("a[href*='/authorise/']"))
        self.authorise()
        self.heading("我能借多少")

    def see_decision(self, heading: str) -> None:
        # In a frame the order's own page comes first, for the host; elsewhere the decision comes at once.
        for _ in range(LOOKS):
            if self.page.get_by_role("heading", level=1, name=self.words(heading)).count():
                break
            if self.offers("看结果"):
                self.tap("看结果")
            self.page.wait_for_timeout(LOOK_EVERY_MS)
            if self.offers("刷新"):
                self.page.reload()
        self.heading(heading)
        self.picture("decision")

    def sign(self) -> None:
        for look in range(LOOKS):
            if self.offers("看合同并签署"):
                break
            self.wait(look, "合同")
            self.page.reload()
        self.tap("看合同并签署")
        self.heading("请先看合同")
        self.picture("contract")
        address = self.page.get_by_role("link", name=self.words("打开合同（PDF）")).get_attribute("href")
        document = self.page.context.request.get(f"{self.house.h5app}{address}")
        assert document.body().startswith(b"%PDF-")
        self.tap("下一步：看全部费用")
        self.heading("综合融资成本明示表")
        self.picture("cost-table")
        self.tick_all(under="综合融资成本明示表")
        self.tap_after_reading("同意并签署")
        if self.passes_a_check():
            # Back from it first: time that passes on the way makes the check too old.
            self.heading("综合融资成本明示表")
            self.tap_after_reading("同意并签署")
        self.until_done("合同签好了，额度可以用了")
        self.picture("signed")

    def tap_after_reading(self, name: str) -> None:
        """Tap as if the reading time had passed. The page's clock runs ahead, and so does ours for this one
        request.

        The partner's clock stays true. It would find a check asked for in the future made too early.
        """

        def later(route: Route) -> None:
            if route.request.method != "POST":
                # Not `continue_`: other routes, such as that of doubled text, must still see the request.
                route.fallback()
                return
            self.house.clock.by = READING
            answer = route.fetch(max_redirects=0)
            self.house.clock.by = timedelta()
            route.fulfill(response=answer)

        here = self.page.url
        self.page.clock.install()
        self.page.clock.fast_forward(READING // timedelta(milliseconds=1))
        self.page.route("**", later)
        self.tap(name)
        self.page.wait_for_url(lambda url: url != here)
        self.page.unroute("**", later)

    def draw(
        self, yuan: str, months: str = "12 个月", method: str = "等额本息", ends_on: date | None = None
    ) -> None:
        """Draw, and where the loan is repaid at once perhaps choose the day, `ends_on`."""
        if not self.offers("去借款"):
            self.home()
        if self.page.url == f"{self.house.h5app}/{self.person.partner}/":
            self.picture("home-with-line")
        self.tap("去借款")
        self.fill("借多少", yuan)
        self.choose(months)
        self.choose(method)
        if ends_on:
            self.page.get_by_text("自己选还款的日子").click()
            self.fill("哪天还清", f"{ends_on:%Y%m%d}")
        self.picture("draw")
        self.tap("看还款计划")
        # A second drawdown within minutes is asked about.
        self.tick_all(under="确认借款")
        self.picture("draw-quote")
        self.confirm(f"确认借款 ¥{int(yuan):,}.00")
        self.until_done("借款到账了")
        self.picture("drawn")

    def repay_part(self, yuan: str, *, days_later: int = 0) -> None:
        self.house.world.clock.advance(timedelta(days=days_later))
        self.home()
        self.picture("home-with-loan")
        self.tap("我的借款")
        self.hands.press(self.page.locator("main .rows a").first)
        self.picture("loan")
        self.tap("去还款")
        self.choose("提前还一部分")
        self.fill("提前还多少", yuan)
        self.picture("repay")
        self.tap("核对这次还款")
        self.tick_all(under="确认还款")
        self.picture("repay-quote")
        self.tap(f"确认还款 ¥{int(yuan):,}.00")
        self.until_done("还款成功")
        self.picture("repaid")

    def settle(self) -> None:
        """Repay the whole loan at once; ends on the loan's page."""
        self.home()
        self.tap("我的借款")
        self.hands.press(self.page.locator("main .rows a").first)
        self.tap("去还款")
        self.choose("全部还清")
        self.tap("核对这次还款")
        self.tick_all(under="确认还款")
        self.picture("settle-quote")
        self.tap_with_amount("确认还款")
        self.until_done("还款成功")
        self.tap("看这笔借款")
        self.picture("settled")

    def look_at_offers(self) -> None:
        """One check over all products, on every consent that it may use."""
        self.page.goto(f"{self.house.h5app}/{self.person.partner}/credit/offers")
        self.picture("offers-asked")
        self.tick_all(under="我能借多少")
        self.tap("看看我能借多少")
        for look in range(LOOKS):
            if self.page.locator("main section h2").count() > 1:
                break
            self.wait(look, "offers")
            self.page.goto(f"{self.house.h5app}/{self.person.partner}/credit/offers")
        self.picture("offers")

    def look_at(self, path: str, name: str) -> None:
        """Open a page of this partner by its path below `/{partner}/`."""
        self.page.goto(f"{self.house.h5app}/{self.person.partner}/{path}")
        self.picture(name)

    def repay_by_card(self, yuan: str) -> None:
        self.home()
        self.tap("我的借款")
        self.hands.press(self.page.locator("main .rows a").first)
        self.tap("去还款")
        self.choose("提前还一部分")
        self.fill("提前还多少", yuan)
        self.hands.check(self.page.locator("input[name=source][value=card]"))
        self.tap("核对这次还款")
        # A repayment minutes before is asked about.
        self.tick_all(under="确认还款")
        self.picture("repay-by-card")
        self.confirm(f"确认还款 ¥{int(yuan):,}.00")
        self.until_done("还款成功")
        self.picture("repaid-by-card")

    def change_card(self) -> None:
        """To the last of the person's cards, whose number breaks the check digit; a class II card is refused first."""
        _, class_two, _, new, *_ = self.person.cards
        self.page.goto(f"{self.house.h5app}/{self.person.partner}/account")
        self.tap("换绑银行卡")
        for card, name in ((class_two, "card-of-class-ii"), (new, "card-read-again")):
            self.fill("银行卡号", card.number)
            self.fill("银行预留手机号", card.phone or self.person.phone)
            self.tap("下一步")
            self.page.get_by_role("alert").wait_for()
            self.picture(name)
        self.tap("下一步")
        self.heading("确认换绑")
        self.picture("card-change")
        self.confirm("确认换绑")
        self.until_done("银行卡已经换绑")
        self.picture("card-changed")
        self.page.goto(f"{self.house.h5app}/{self.person.partner}/card/new")
        self.sees("以前绑定的卡")
        self.picture("cards-before")

    def read_statement(self) -> None:
        self.home()
        self.tap("明细")
        self.page.wait_for_url("**/entries*")
        self.picture("statement")

    def look_closer(self) -> None:
        """Search the statement, read one entry, take its receipt with a phone that sends no cookie, show the number."""
        self.hands.press(self.page.locator("details > summary").first)
        self.fill("金额（元）", "100元")
        self.tap("查找")
        self.page.wait_for_url("**amount=*")
        self.picture("statement-found")
        self.hands.press(self.page.locator("main .rows a").first)
        self.sees("回单")
        self.picture("entry")
        with self.page.expect_download() as download:
            self.tap("下载回单（PDF）")
        assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")
        fetched = httpx.get(download.value.url)
        assert fetched.content.startswith(b"%PDF-"), fetched.text
        assert httpx.get(download.value.url).status_code == 401
        self.page.goto(f"{self.house.h5app}/{self.person.partner}/account")
        self.tap("看完整账号")
        self.sees("收起账号")
        self.picture("account-number")

    def until_home_offers(self, name: str) -> None:
        """The bank may still be looking when its page is left for home."""
        for look in range(LOOKS):
            if self.offers(name):
                return
            self.wait(look, name)
            self.home()

    def until_offered(self, says: str = "名单上给您的额度") -> None:
        """Look at the home page until the bank has looked up the limit and `says` so."""
        self.until_home_offers("开通电子账户")
        for look in range(LOOKS):
            # The account is offered while the bank still looks up the limit; only a new page shows the result.
            if not self.offers("刷新"):
                break
            self.wait(look, "名单上给您的额度")
            self.home()
        self.sees(says)
        self.picture("limit")
