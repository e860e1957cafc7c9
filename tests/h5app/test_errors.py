"""Whatever goes wrong is an honest page: in the person's language, with its number, without inner details."""

import pytest
import structlog
from starlette.types import Message

from partner_adapters.kit.values.problems import Problem
from tests.support.houses.site import Site
from tests.support.pages import samples

pytestmark = pytest.mark.anyio
OVERVIEW = "/customers/cu-1/overview"


async def test_our_own_fault_is_called_ours_and_tells_nothing_inside(
    pages: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("secret detail 110105194912310021")

    monkeypatch.setattr("h5app.pages.home.headline_of", broken)
    pages.core.says("GET", OVERVIEW, samples.overview())
    with structlog.testing.capture_logs() as logs:
        page = await (await pages.client()).get("/")
    assert page.status_code == 500
    assert "这个页面出了问题" in page.text
    assert "secret" not in page.text
    assert "Traceback" not in page.text
    assert page.headers["x-request-id"] in page.text
    assert page.headers["content-security-policy"]
    assert [entry["error"] for entry in logs if entry["event"] == "request.failed"] == ["RuntimeError"]


async def test_a_command_whose_answer_was_lost_outside_an_order_is_unknown_not_failed(pages: Site) -> None:
    consent = samples.consent_in_full("credit_bureau_inquiry")
    path = f"/consents/{consent.consent_id}"
    pages.core.says("GET", f"/customers/cu-1{path}", consent)
    pages.core.says("DELETE", f"/customers/cu-1{path}", Problem(500, "x"))
    visitor = await pages.client()
    page = await visitor.send(await visitor.get(f"/me{path}"))
    assert page.status_code == 503
    assert "结果还不知道" in page.text
    assert "不会重复" in page.text


async def test_a_page_that_is_not_there_looks_like_home(pages: Site) -> None:
    page = await (await pages.client()).get("/nothing/here")
    assert page.status_code == 404
    assert "没有这个页面" in page.text
    assert "海州湾农村商业银行" in page.text


async def test_a_wrong_method_is_no_page_either(pages: Site) -> None:
    visitor = await pages.client()
    page = await visitor.send(await visitor.get("/leave"))
    assert page.status_code == 200
    again = await pages.client()
    form = await again.get("/leave")
    token = form.text.split('name="csrf" value="')[1].split('"')[0]
    answer = await again.http.post("/lyg/loans", data={"csrf": token}, headers={"Origin": pages.base_url})
    assert answer.status_code == 405
    assert "没有这个页面" in answer.text


async def test_too_much_is_refused_while_it_arrives(pages: Site) -> None:
    visitor = await pages.client()
    answer = await visitor.http.post(
        "/lyg/leave", data={"csrf": "x" * 300_000}, headers={"Origin": pages.base_url}
    )
    assert answer.status_code == 413
    assert "内容太多" in answer.text


@pytest.mark.parametrize("kept", [{}, {"Content-Type": "application/x-www-form-urlencoded"}])
async def test_a_form_that_the_host_emptied_says_so_and_leads_back_to_its_page(
    pages: Site, kept: dict[str, str]
) -> None:
    visitor = await pages.client()
    headers = {"Origin": pages.base_url} | kept
    with structlog.testing.capture_logs() as logs:
        answer = await visitor.http.post("/lyg/top-up?saved=x", content=b"", headers=headers)
    assert answer.status_code == 400
    assert "您填的没有送到" in answer.text
    assert "您的钱没有变动" in answer.text
    assert 'href="/lyg/top-up"' in answer.text
    assert "http://localhost:8000/lyg/" in answer.text
    assert answer.headers["x-request-id"] in answer.text
    assert [(entry["event"], entry["route"]) for entry in logs if entry["log_level"] == "warning"] == [
        ("host.body_lost", "/lyg/top-up")
    ]
    assert pages.core.calls == []


async def test_another_sites_empty_form_is_refused_and_not_called_lost(pages: Site) -> None:
    visitor = await pages.client()
    answer = await visitor.http.post("/lyg/top-up", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert "您填的没有送到" not in answer.text


async def test_whoever_leaves_while_sending_is_no_fault_of_ours(pages: Site) -> None:
    visitor = await pages.client()
    cookie = "; ".join(f"{name}={value}" for name, value in visitor.http.cookies.items())
    headers = [(b"host", b"localhost:8000"), (b"cookie", cookie.encode()), (b"content-length", b"400")]
    scope = {"type": "http", "method": "POST", "scheme": "http", "http_version": "1.1", "path": "/lyg/"}
    scope |= {"raw_path": b"/lyg/", "query_string": b"", "headers": headers, "root_path": ""}
    said: list[Message] = []

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    async def hear(message: Message) -> None:
        said.append(message)

    with structlog.testing.capture_logs() as logs:
        await pages.app(scope, gone, hear)
    assert said[0]["status"] == 400
    assert [entry["code"] for entry in logs if entry["event"] == "request.refused"] == ["request.left"]
    assert [entry for entry in logs if entry["event"] == "request.failed"] == []


async def test_error_pages_speak_english_too(pages: Site) -> None:
    page = await (await pages.client(lang="en")).get("/nothing/here")
    assert "No such page" in page.text


async def test_callers_cannot_choose_the_reference(pages: Site) -> None:
    visitor = await pages.client()
    visitor.http.headers["X-Request-ID"] = "ABCD-1234"
    page = await visitor.get("/nothing/here")
    assert page.headers["x-request-id"] in page.text
    assert page.headers["x-request-id"] != "ABCD-1234"
