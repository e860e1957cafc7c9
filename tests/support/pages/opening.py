"""Opening an account, as tests need it: what the bank says, and the screens filled in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import httpx

from partner_adapters.core_bank.accounts import CardBin
from partner_adapters.core_bank.cards import CardAnswer, EarlierCardList
from partner_adapters.core_bank.consents import ConsentList, ConsentTexts
from partner_adapters.core_bank.orders import Order, OrderState
from partner_adapters.kit.values.check_digits import luhn_check
from tests.support.houses.entrance import Entrance, Phone, entrance
from tests.support.houses.scripted_core import ScriptedCore
from tests.support.pages import samples

PURPOSES = ("account_terms", "face_processing", "share_with_bank")
FIFTEEN = "621785610001234"
CARD = FIFTEEN + "567" + luhn_check(FIFTEEN + "567")
PARTICULARS = {
    "occupation": "farmer",
    "address": "示例镇示例村3组12号",
    "expires": "2035-08-31",
    "tax": "yes",
}
TICKED = dict.fromkeys(PURPOSES, "yes")


class Browser(Protocol):
    async def send(self, page: httpx.Response, **typed: str) -> httpx.Response: ...


def order(**changes: object) -> Order:
    given: dict[str, object] = {
        "intent": "in-1",
        "kind": "account_opening",
        "state": OrderState.PROCESSING,
        "customer_id": "cu-1",
        "reference": "3F7K-21QX",
        "created_at": samples.NOW,
    }
    return Order.model_validate(given | changes)


def opening_core(core: ScriptedCore) -> None:
    """A bank where `cu-1` has no account yet."""
    bank = {"zh": "中国银行", "en": "Bank of China"}
    core.says(
        "GET",
        "/customers/cu-1/overview",
        samples.overview(
            account=None, card_validity=samples.card_validity(), identification=samples.identification()
        ),
    )
    core.says(
        "GET",
        f"/card-bins/{CARD[:10]}",
        CardBin(bank_code="104", bank_name=bank, kind="debit", number_length=19),
    )
    core.says("POST", "/customers/cu-1/card-questions", CardAnswer(bank_name=bank, last_four=CARD[-4:]))
    texts = [samples.consent_text(purpose) for purpose in PURPOSES]
    core.says("GET", "/consent-texts", ConsentTexts(items=texts))
    given = [samples.consent(purpose) for purpose in PURPOSES]
    core.says("POST", "/customers/cu-1/consents", ConsentList(items=given))
    core.says("POST", "/customers/cu-1/accounts", order())


def card_core(core: ScriptedCore, **overview: object) -> None:
    """A bank where `cu-1` may change the bound card, after one earlier change."""
    bank = {"zh": "中国农业银行", "en": "Agricultural Bank of China"}
    core.says("GET", "/customers/cu-1/overview", samples.overview(**overview))
    core.says(
        "GET",
        f"/card-bins/{CARD[:10]}",
        CardBin(bank_code="103", bank_name=bank, kind="debit", number_length=19),
    )
    core.says("POST", "/customers/cu-1/card-questions", CardAnswer(bank_name=bank, last_four=CARD[-4:]))
    core.says("GET", "/accounts/ac-1/earlier-cards", EarlierCardList(items=[samples.earlier_card()]))
    core.says("POST", "/accounts/ac-1/card", order(kind="card_change"))


async def fill_in(phone: Browser) -> httpx.Response:
    """Both typing screens and the photographs; the confirm page."""
    get = phone.open if hasattr(phone, "open") else phone.get  # type: ignore[attr-defined]
    typed = await phone.send(await get("/account/open/particulars"), **PARTICULARS)
    assert typed.status_code == 303, typed.text
    card = await phone.send(await get("/account/open/card"), card_number=CARD, card_phone="19900000001")
    assert card.status_code == 303, card.text
    sent = await phone.send(await get("/account/open/document"))
    assert sent.status_code == 303, sent.text
    page: httpx.Response = await get("/account/open/confirm")
    assert page.status_code == 200, page.text
    return page


@asynccontextmanager
async def opening_door(folder: Path) -> AsyncIterator[Entrance]:
    """A door to a bank where `cu-1` has no account yet."""
    async with entrance(folder) as opened:
        opening_core(opened.core)
        yield opened


async def typed_long_ago(door: Entrance) -> tuple[Phone, httpx.Response]:
    """A customer who logged in, typed everything, and six minutes later stands before the last button."""
    phone = door.phone()
    await phone.log_in()
    await fill_in(phone)
    door.clock.advance(timedelta(minutes=6))
    return phone, await phone.open("/account/open/confirm")
