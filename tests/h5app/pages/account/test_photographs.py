"""The photographs of an opening: whole with the form, or in pieces from the page's script. The bank decides on each."""

import base64
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from partner_adapters.core_bank.identity_images import SIDES, ImageProgress
from partner_adapters.kit.values.problems import Problem, invalid
from partner_adapters.kit.web.limits import MAX_BODY_BYTES
from tests.support.houses.site import Site, Visitor
from tests.support.pages.opening import CARD, PARTICULARS, TICKED, fill_in, opening_core
from tests.support.people.photographs import photograph

pytestmark = pytest.mark.anyio
DOCUMENT = "/account/open/document"


async def _at_document(pages: Site) -> tuple[Visitor, httpx.Response]:
    opening_core(pages.core)
    visitor = await pages.client()
    card = {"card_number": CARD, "card_phone": "19900000001"}
    await visitor.send(await visitor.get("/account/open/particulars"), **PARTICULARS, **card)
    return visitor, await visitor.get(DOCUMENT)


def _answer(pages: Site, reply: Any) -> None:
    """Let the bank answer each piece so."""
    pages.core.says("POST", "/identity-images", reply)


async def _send(visitor: Visitor, page: httpx.Response, **files: bytes) -> httpx.Response:
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text))
    sent = {side: (f"{side}.jpg", content, "image/jpeg") for side, content in files.items()}
    return await visitor.http.post(
        f"/lyg{DOCUMENT}", data=fields, files=sent, headers={"Origin": visitor.origin}
    )


async def test_photographs_go_on_to_the_bank_in_pieces_and_stay_nowhere_here(
    pages: Site, tmp_path: Path
) -> None:
    visitor, page = await _at_document(pages)
    assert "没开成户，24 小时后删除；开了户，销户满 10 年后删除" in page.text
    large = photograph() + bytes(300_000)
    assert len(large) > MAX_BODY_BYTES
    sent = await _send(visitor, page, front=large, back=photograph("back"))
    assert sent.headers["location"] == "/lyg/account/open/confirm"
    pieces = [call for call in pages.core.calls if "/identity-images/" in call.path]
    assert [piece.body["side"] for piece in pieces] == ["front", "front", "front", "back"]
    contents = [base64.b64decode(piece.body["content"]) for piece in pieces]
    assert b"".join(contents[:3]) == large
    assert [piece.body["offset"] for piece in pieces] == [0, 131_072, 262_144, 0]
    await visitor.send(await visitor.get("/account/open/confirm"), **TICKED)
    (opened,) = pages.core.sent("/customers/cu-1/accounts")
    ids = [piece.path.rpartition("/")[2] for piece in (pieces[0], pieces[3])]
    assert opened.body["identity_images"] == dict(zip(SIDES, ids, strict=True))
    assert not _is_in_a_file(tmp_path, photograph("back"))


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (Problem(422, "picture.too_small", params={"longer": 640, "shorter": 400}), "至少要 640×400 像素"),
        (Problem(422, "picture.not_a_picture"), "这个文件不是照片"),
        (Problem(422, "picture.cut_off"), "照片不完整"),
        (Problem(429, "limit.reached", params={"limit": "identity_images", "most": 30}), "请明天再试"),
        (Problem(503, "decoding.busy"), "请再选一次"),
    ],
)
async def test_one_photograph_that_the_bank_refuses_is_named_and_the_other_kept(
    pages: Site, refusal: Problem, words: str
) -> None:
    visitor, page = await _at_document(pages)

    def judge(body: dict[str, Any]) -> Any:
        return (
            refusal if body["side"] == "back" else ImageProgress(image_id="", received_bytes=1, taken_in=True)
        )

    _answer(pages, judge)
    refused = await _send(visitor, page, front=photograph(), back=photograph("back"))
    assert refused.status_code == 422
    assert words in refused.text.split('id="back-error">')[1]
    assert 'id="front-error"' not in refused.text
    assert "这张收到了" in refused.text.split('id="front-hint"')[1].split("</p>")[0]
    assert 'href="#back"' in refused.text
    _answer(pages, ImageProgress(image_id="", received_bytes=1, taken_in=True))
    right = await _send(visitor, refused, back=photograph("back"))
    assert right.headers["location"] == "/lyg/account/open/confirm"


async def test_without_photographs_the_page_asks_for_them(pages: Site) -> None:
    visitor, page = await _at_document(pages)
    asked = await _send(visitor, page, front=photograph())
    assert asked.status_code == 422
    assert "请拍这一面" in asked.text.split('id="back-error">')[1]
    assert (await visitor.get("/account/open/confirm")).headers["location"] == f"/lyg{DOCUMENT}"


async def test_pieces_of_a_script_are_answered_with_where_to_go_on(pages: Site) -> None:
    visitor, page = await _at_document(pages)
    token = re.findall(r'name="csrf" value="([^"]+)"', page.text)[0]
    headers = {
        "Origin": visitor.origin,
        "X-CSRF-Token": token,
        "Content-Type": "application/octet-stream",
    }

    async def send(offset: int, total: int = 200_000) -> httpx.Response:
        address = f"/lyg{DOCUMENT}/front?id={'a' * 32}&offset={offset}&total={total}"
        return await visitor.http.post(address, content=b"x" * 20_000, headers=headers)

    _answer(pages, ImageProgress(image_id="a" * 32, received_bytes=20_000, taken_in=False))
    assert (await send(0)).json() == {"received": 20_000, "done": False}
    _answer(pages, Problem(409, "picture.other_offset", params={"received_bytes": 40_000}))
    elsewhere = await send(20_000)
    assert (elsewhere.status_code, elsewhere.json()) == (409, {"received": 40_000})
    _answer(pages, Problem(503, "unavailable"))
    assert (await send(40_000)).status_code == 503
    _answer(pages, Problem(422, "picture.cut_off"))
    assert "照片不完整" in (await send(180_000)).json()["error"]
    assert "最多 10 MB" in (await send(0, total=11_000_000)).json()["error"]
    assert (await send(-1)).status_code == 400
    _answer(pages, ImageProgress(image_id="a" * 32, received_bytes=200_000, taken_in=True))
    assert (await send(180_000)).json() == {"received": 200_000, "done": True}
    assert "这张收到了" in (await visitor.get(DOCUMENT)).text.split('id="front-hint"')[1].split("</p>")[0]
    headers["X-CSRF-Token"] = "none"
    assert (await send(0)).status_code == 403


async def test_photographs_that_the_bank_deleted_are_asked_for_again(pages: Site) -> None:
    opening_core(pages.core)
    visitor = await pages.client()
    confirm = await fill_in(visitor)
    refusal = invalid("identity_images.back", "identity_image.missing")
    pages.core.says("POST", "/customers/cu-1/accounts", refusal)
    page = await visitor.send(confirm, **TICKED)
    assert page.status_code == 422
    assert "可能放得太久" in page.text.split('id="back-error">')[1]
    assert f'action="/lyg{DOCUMENT}"' in page.text
    assert (await visitor.get("/account/open/confirm")).headers["location"] == f"/lyg{DOCUMENT}"


def _is_in_a_file(folder: Path, content: bytes) -> bool:
    return any(content in file.read_bytes() for file in folder.rglob("*") if file.is_file())
