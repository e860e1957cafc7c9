"""The server quickstart is followed to the letter: its blocks alone make a server that learns of a loan."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sunbridge import Sunbridge, cli

from mock_partners.testing.people.personas import person
from tests.support.houses.journey import House
from tests.support.houses.partner_api_served import ServedPartnerApi, served_partner_api
from tests.support.houses.walking import walk_in
from tests.support.pages.docs_blocks import PARTNERS, blocks_of
from tests.support.pages.reader import ROOT, Reader, environment_of, free_port, wait_for_server
from tests.support.people.way import Way

TOLD_WITHIN_S = 20
# One partner of each other mock host, and who logs in there.
OTHERS = ("haian", "zj", "sfb", "zfb", "mbank", "ebank")


@pytest.fixture(scope="module")
def the_api(the_house: House) -> Iterator[ServedPartnerApi]:
    with served_partner_api(the_house) as api:
        yield api


@pytest.mark.slow
def test_the_page_makes_a_server_that_launches_a_person_hears_of_the_loan_and_finds_the_order(
    page: Page, the_house: House, the_api: ServedPartnerApi, tmp_path: Path
) -> None:
    port = free_port()
    log, empty = tmp_path / "server.log", tmp_path / "city"
    empty.mkdir()
    instead = {
        "http://localhost:8010": the_api.url,
        "http://localhost:8000": the_house.h5app,
        "127.0.0.1:9000": f"127.0.0.1:{port}",
        "--port 9000": f"--port {port}",
        ".sunbridge/partner-api.env": str(the_api.environment),
    }
    reader = Reader(empty, instead, environment_of(empty))
    text = (PARTNERS / "quickstart-server.md").read_text("utf-8")
    promised: list[str] = []
    try:
        for kind, name, block in blocks_of("quickstart-server.md"):
            match kind, block.split()[0]:
                case "python", _:
                    reader.save(name, block)
                case "sh", "make" | "python3":
                    pass  # the house runs, and the environment is there
                case "sh", "env":
                    reader.run(block, ROOT)
                case "sh", "export":
                    reader.export(block)
                case "sh", ".venv/bin/uvicorn":
                    reader.serve(block, log)
                    wait_for_server(port)
                    be_the_person(page, the_house, reader.adapt(text))
                case "text", _:
                    promised = block.splitlines()
                    wait_for_lines(log, promised)
                case "sh", ".venv/bin/python":
                    reader.run(block)
                case "sh", "curl":
                    reader.said = ""
                    reader.run(block)
                case "json", _:
                    orders = json.loads(reader.said)
                    assert any(json.loads(block).items() <= order.items() for order in orders), orders
                    assert not [order for order in orders if "amount" in json.dumps(order)]
                case "sh", ".venv/bin/sunbridge":
                    assert cli.parser().parse_args(block.split()[1:])
                case other:
                    raise AssertionError(f"the page has a block that is not followed: {other}")
    finally:
        for process in reader.running:
            process.terminate()
            process.wait(10)
    assert promised
    the_customer_sees_how_far_it_is(page, the_house, the_api, orders[0]["external_reference"])


def the_customer_sees_how_far_it_is(
    page: Page, the_house: House, the_api: ServedPartnerApi, reference: str
) -> None:
    """A progress view follows the same request, in a browser without a login, until the withdrawal."""
    key_id, secret = the_api.make_key("lyg")
    with Sunbridge(the_api.url, key_id=key_id, secret=secret) as sunbridge:
        view = sunbridge.progress_views.create(external_reference=reference)
    assert page.context.browser is not None
    other = page.context.browser.new_context().new_page()
    other.goto(view.url)
    expect(other.get_by_role("heading", level=1)).to_have_text("借款已经到账")
    expect(other.locator(".steps .done")).to_contain_text(["提交申请", "批下来", "合同签好", "借款到账"])
    expect(other.locator(".steps .done small")).to_have_count(4)
    assert other.context.cookies() == []
    page.goto(f"{the_house.h5app}/lyg/me/consents")
    page.get_by_role("link", name="进度").first.click()
    page.get_by_role("button", name="确认撤回").click()
    page.wait_for_url("**/me/consents**")
    other.get_by_role("link", name="刷新").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("这里没有可以显示的进度")
    other.context.close()


def be_the_person(page: Page, the_house: House, text: str) -> None:
    """Step 6: the addresses are the page's own."""
    launch, consent = re.findall(r"`(http://\S+?/(?:go/|lyg/me/)\S+?)`", text)
    way = Way(page, the_house, person("li_xiuying"))
    way.take_phone()
    page.goto(launch)
    way.pass_face()
    way.arrives()
    page.goto(consent)
    way.tap("同意这一项")
    page.wait_for_url("**/me/consents")
    way.home()
    way.see_limit()
    way.until_offered()
    way.open_account()
    way.until_done("电子账户开通了")
    way.apply("20000")
    way.see_decision("批下来了")
    way.sign()
    way.draw("10000")


@pytest.mark.parametrize("partner", OTHERS)
def test_the_command_of_the_page_launches_a_person_at_every_other_host(
    partner: str,
    the_house: House,
    the_api: ServedPartnerApi,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (line,) = re.findall(
        r"^\.venv/bin/sunbridge (.*)$", (PARTNERS / "quickstart-server.md").read_text(), re.M
    )
    key_id, secret = the_api.make_key(partner)
    for name, value in (("API_URL", the_api.url), ("KEY_ID", key_id), ("SECRET", secret)):
        monkeypatch.setenv(f"SUNBRIDGE_{name}", value)
    assert cli.main([*line.split(), "--json"]) == 0
    # The programs of the house log to the same place.
    (made,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"url"' in line]
    assert walk_in(the_house, partner, made["url"]).path == f"/{partner}/credit"
    with Sunbridge(the_api.url, key_id=key_id, secret=secret) as sunbridge:
        launch = sunbridge.launches.retrieve(made["id"])
    assert (launch.state, launch.external_reference) == ("signed_in", "city-8")


def wait_for_lines(log: Path, lines: list[str]) -> None:
    deadline = time.monotonic() + TOLD_WITHIN_S
    while lacks := [line for line in lines if line not in log.read_text().splitlines()]:
        assert time.monotonic() < deadline, f"{lacks} did not come:\n{log.read_text()}"
        time.sleep(0.1)
