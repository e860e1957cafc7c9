"""`/me/notifications`: which text messages a customer gets, in which language, and why some are always sent."""

from __future__ import annotations

import re

import pytest

from h5app.page import TEXTS
from mock_partners.bank.core.notices.choices import KINDS, OPTIONAL
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.site import Site
from tests.support.pages import samples
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
ADDRESS = "/customers/cu-1/text-messages"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_kind_has_its_words(lang: str) -> None:
    for name, kind in KINDS.items():
        codes = [f"text_message.{name}"]
        codes += [f"text_message_required.{kind.required_because}"] if kind.required_because else []
        codes += [] if kind.required_because else [f"text_message_off.{name}"]
        for code in codes:
            assert TEXTS.say(lang, code, {}) != TEXTS.say(lang, f"{code.split('.')[0]}.unknown", {}), code


async def test_what_is_turned_off_goes_to_the_bank_and_is_said_afterwards(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    page = await visitor.get("/me/notifications")
    assert "银行必须告诉您" in page.text
    assert 'name="overdue"' not in page.text
    answer = await visitor.send(page, lang="zh", **dict.fromkeys(OPTIONAL - {"repayment_coming"}, "yes"))
    assert answer.headers["location"] == "/lyg/me/notifications?saved=yes"
    (sent,) = pages.core.sent(ADDRESS)
    assert sent.body == {"off": ["repayment_coming"], "lang": "zh"}
    pages.core.says("GET", ADDRESS, samples.text_messages("repayment_coming", lang="en"))
    saved = (await visitor.get("/me/notifications?saved=yes")).text
    said = re.search(r'role="status">(.*?)</div>', saved, re.DOTALL)
    assert said
    assert "短信用英文写" in said[1]
    assert "还款日前 3 天的提醒" in said[1]
    assert "还款日当天" not in said[1]
    assert "“消息”里照样有" in saved


async def test_without_a_language_nothing_is_changed(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    answer = await visitor.send(await visitor.get("/me/notifications"), lang="fr")
    assert answer.status_code == 422
    assert pages.core.sent(ADDRESS) == []


async def test_the_language_of_the_pages_is_that_of_the_messages_too(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    await visitor.send(await visitor.get("/me/display"), text_size="standard", lang="en")
    await visitor.send(await visitor.get("/me/display"), text_size="elder", lang="en")
    assert [sent.body["lang"] for sent in pages.core.sent(ADDRESS)] == ["en"]


async def test_the_pages_change_also_while_the_bank_is_away(pages: Site) -> None:
    everything(pages.core)
    pages.core.says("POST", ADDRESS, Problem(503, "core.away"))
    visitor = await pages.client()
    answer = await visitor.send(await visitor.get("/me/display"), text_size="standard", lang="en")
    assert answer.status_code == 303
    assert 'lang="en"' in (await visitor.get("/me/help")).text
