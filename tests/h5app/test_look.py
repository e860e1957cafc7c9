"""English and large type are one tap away on every page, also before the login; paper says whose page it is."""

import re

import pytest

from tests.support.houses.site import Site, Visitor
from tests.support.pages.opening import PARTICULARS, fill_in, opening_core
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio


async def _guest(pages: Site) -> Visitor:
    visitor = await pages.client()
    visitor.http.cookies.clear()
    return visitor


def _links(page: str) -> list[str]:
    """Where the two links of language and size lead."""
    look = re.search(r'<nav class="look".*?</nav>', page, re.S)
    assert look, page
    return [address.replace("&amp;", "&") for address in re.findall(r'href="([^"]+)"', look[0])]


async def test_before_the_login_one_tap_turns_the_page_into_english_and_large_type(pages: Site) -> None:
    guest = await _guest(pages)
    chinese = (await guest.get("/me/help")).text
    english, large = _links(chinese)
    page = (await guest.http.get(english)).text
    assert '<html lang="en"' in page
    assert "Hotline" in page
    assert '<html lang="zh-CN" class="elder"' in (await guest.http.get(large)).text


async def test_the_look_chosen_before_the_login_goes_along_to_the_next_page_and_into_the_login(
    pages: Site,
) -> None:
    guest = await _guest(pages)
    _, large = _links((await guest.get("/me/help?lang=en")).text)
    page = (await guest.http.get(large)).text
    assert '<html lang="en" class="elder"' in page
    onwards = [href for href in re.findall(r'href="(/lyg/[^"]*)"', page) if "/me/help" not in href]
    assert onwards
    assert all("lang=en&amp;ui=elder" in href for href in onwards)
    sent_to_login = await guest.get("/loans?lang=en&ui=elder")
    assert sent_to_login.headers["location"].endswith("&lang=en&ui=elder")


async def test_a_chosen_look_never_leads_elsewhere(pages: Site) -> None:
    guest = await _guest(pages)
    for query in ("?lang=en%22%3E%3Cscript%3E", "?ui=https://evil.example", "?lang=zh&lang=en"):
        page = await guest.get(f"/me/help{query}")
        assert page.status_code == 200
        assert all(link.startswith("/lyg/me/help?") for link in _links(page.text))
        assert "<script>alert" not in page.text


async def test_after_the_login_one_tap_changes_the_look_and_stays_on_the_page(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    page = (await visitor.get("/loans/lo-1")).text
    form = re.search(r'<form class="look".*?</form>', page, re.S)
    assert form
    fields = dict(re.findall(r'name="(csrf|next)" value="([^"]*)"', form[0]))
    for tapped, shown in (({"text_size": "elder"}, 'class="elder"'), ({"lang": "en"}, 'lang="en"')):
        answer = await visitor.http.post(
            "/lyg/me/display", data=fields | tapped, headers={"Origin": visitor.origin}
        )
        assert answer.headers["location"] == "/lyg/loans/lo-1"
        assert shown in (await visitor.get("/loans/lo-1")).text
    assert 'lang="en" class="elder"' in (await visitor.get("/loans/lo-1")).text


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/elsewhere/", "/lyg/../x"])
async def test_one_tap_on_a_look_leads_to_no_other_site(pages: Site, target: str) -> None:
    everything(pages.core)
    visitor = await pages.client()
    page = (await visitor.get("/me/display")).text
    csrf = re.search(r'name="csrf" value="([^"]*)"', page)
    assert csrf
    sent = {"csrf": csrf[1], "next": target, "lang": "en", "text_size": "elder"}
    answer = await visitor.http.post("/lyg/me/display", data=sent, headers={"Origin": visitor.origin})
    assert answer.headers["location"] == "/lyg/"


async def test_paper_carries_bank_person_and_date_and_every_page_the_hotline(pages: Site) -> None:
    everything(pages.core)
    page = (await (await pages.client()).get("/loans/lo-1")).text
    printed = re.search(r'<p class="printed">(.*?)</p>', page)
    assert printed
    assert "海州湾农村商业银行" in printed[1]
    assert "李*英 3207**********1234" in printed[1]
    assert "2026年11月24日" in printed[1]
    assert re.search(r'<footer.*href="tel:', page, re.S)


async def test_pages_are_drawn_light(pages: Site) -> None:
    guest = await _guest(pages)
    page = (await guest.get("/me/help")).text
    assert '<meta name="color-scheme" content="light">' in page
    sheet = re.search(r'href="(/static/app[^"]+)"', page)
    assert sheet
    assert "color-scheme: light" in (await guest.http.get(sheet[1])).text


async def test_an_error_of_a_choice_is_the_description_of_the_group_and_of_each_control(pages: Site) -> None:
    opening_core(pages.core)
    visitor = await pages.client()
    page = await visitor.send(
        await visitor.get("/account/open/particulars"), **PARTICULARS | {"occupation": ""}
    )
    group = re.search(r'<fieldset[^>]*id="occupation"[^>]*>', page.text)
    assert group
    assert 'role="radiogroup"' in group[0]
    assert 'aria-describedby="occupation-error"' in group[0]
    assert 'aria-invalid="true"' in group[0]
    buttons = re.findall(r'<input type="radio"[^>]*name="occupation"[^>]*>', page.text)
    assert len(buttons) > 3
    assert all('aria-describedby="occupation-error"' in button for button in buttons)
    assert 'id="occupation-error"' in page.text


async def test_an_error_of_a_tick_is_its_description(pages: Site) -> None:
    opening_core(pages.core)
    visitor = await pages.client()
    page = await visitor.send(await fill_in(visitor))
    ticks = re.findall(r'<input type="checkbox"[^>]*>', page.text)
    assert ticks
    for tick in ticks:
        described = re.search(r'aria-describedby="([^"]+)"', tick)
        assert described
        assert f'id="{described[1]}"' in page.text
        assert 'aria-invalid="true"' in tick


async def test_the_alert_is_a_child_of_what_takes_the_focus(pages: Site) -> None:
    opening_core(pages.core)
    visitor = await pages.client()
    page = await visitor.send(await visitor.get("/account/open/particulars"))
    summary = re.search(r'<div[^>]*id="errors"[^>]*>\s*<div role="alert">', page.text)
    assert summary
    assert 'role="alert"' not in summary[0].partition(">")[0]
