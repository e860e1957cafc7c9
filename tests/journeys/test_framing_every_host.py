"""The tile of each host with `sdk/js` opened in a frame and walked through login; a stranger's frame shows nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from mock_partners.testing.people.personas import person
from partner_adapters.kit.values.masking import mask_name
from tests.support.browsers.stranger import stranger
from tests.support.houses.journey import House
from tests.support.people.agreeing import agree_if_asked
from tests.support.sample import crossed, only

WHO = {"haian": "zhou_guohua", "zj": "wang_qiang", "zfb": "xu_haifeng", "sfb": "li_xiuying"}
STEP_UP_AT_THE_APP = ("haian", "zj", "zfb")
# Customers without an offer see this text. The others see how much they may borrow.
SAYS = dict.fromkeys(("xu_haifeng", "zhou_guohua"), "名单上现在没有给您的额度")
REFUSED = "chrome-error://chromewebdata/"


def tap(page: Page, running: House, host: str) -> None:
    """The app's home, its phone in this person's hand, its tile opening in a frame; tapped."""
    page.goto(f"{running.phone(host)}me")
    page.get_by_role("button", name=person(WHO[host]).name).first.click()
    page.goto(f"{running.phone(host)}me")
    page.get_by_role("button", name="改成嵌在 App 里打开").click()
    page.get_by_role("link", name="企业周转贷").click()


def until_said(page: Page, host: str) -> None:
    """The home page in the frame, as often opened as the bank needs to look."""
    inside, words = page.frame_locator("dialog iframe"), SAYS.get(WHO[host], "名单上给您的额度")
    for _ in range(40):
        with page.expect_event("framenavigated"):
            page.frames[1].evaluate(f"location.assign('/{host}/')")
        expect(inside.get_by_role("heading", level=1)).to_contain_text("您好")
        if inside.get_by_text(words).count():
            return
        page.wait_for_timeout(250)
    expect(inside.get_by_text(words).first).to_be_visible()


@pytest.mark.parametrize("host", WHO)
def test_the_way_in_and_to_the_limit_stands_in_the_frame(page: Page, the_house: House, host: str) -> None:
    tap(page, the_house, host)
    inside = page.frame_locator("dialog iframe")
    agree_if_asked(inside)
    greeting = f"{mask_name(person(WHO[host]).name)}，您好"
    expect(inside.get_by_role("heading", level=1)).to_contain_text(greeting)
    with page.expect_event("framenavigated"):
        inside.get_by_role("button", name="同意并看我的额度").click()
    until_said(page, host)
    assert page.url == the_house.phone(host)
    ours = [cookie for cookie in page.context.cookies() if cookie["name"].startswith("sb-")]
    assert {cookie["name"] for cookie in ours} == {f"sb-{host}", f"sb-{host}-way"}
    assert {(c["sameSite"], c.get("partitionKey")) for c in ours} == {("None", "http://127.0.0.1")}


@pytest.mark.parametrize("host", only(STEP_UP_AT_THE_APP, "zj"))
def test_a_face_check_of_the_host_stands_in_the_frame_too(page: Page, the_house: House, host: str) -> None:
    tap(page, the_house, host)
    inside = page.frame_locator("dialog iframe")
    agree_if_asked(inside)
    expect(inside.get_by_role("heading", level=1)).to_contain_text("您好")
    page.frames[1].evaluate(f"location.assign('/{host}/face?next=/{host}/me')")
    inside.get_by_role("button", name="通过", exact=True).click()
    expect(inside.get_by_role("button", name="退出")).to_be_visible()
    assert page.url == the_house.phone(host)


# The sample: each host once, each address at least once.
@pytest.mark.parametrize(("path", "host"), crossed(["enter", "me/help", "me"], WHO, every=3))
def test_a_stranger_frames_neither_us_nor_the_host(
    page: Page, the_house: House, path: str, host: str
) -> None:
    address = f"{the_house.h5app}/{host}/{path}"
    why: list[str | None] = []
    page.on("requestfailed", lambda asked: why.append(asked.failure))
    with stranger(f'<iframe src="{address}"></iframe>') as theirs:
        page.goto(theirs)
        assert [frame.url for frame in page.frames] == [theirs, REFUSED]
    assert why == ["net::ERR_BLOCKED_BY_RESPONSE"]
    assert not [cookie for cookie in page.context.cookies() if cookie["name"] == f"sb-{host}"]
