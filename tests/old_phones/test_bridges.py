"""The bridge finds its container, and asks it, on a real old phone; a frame there is sent to the whole page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.browsers.container import ROOT, emulation
from tests.support.browsers.old_phone import OldPhone, old_phone
from tests.support.pages.handover import HASH_ROOM, HOSTS_ROOM, Handover, handover

PICTURES = ROOT / ".sunbridge/walk"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Handover]:
    with handover(tmp_path_factory.mktemp("handover")) as pages:
        yield pages


def put_in(phone: OldPhone, container: str) -> None:
    phone.tab.call("Page.addScriptToEvaluateOnNewDocument", source=emulation(container))


@pytest.mark.parametrize("container", ["zwjsbridge", "lightapp", "alipay", "dsbridge"])
def test_a_ticket_is_handed_over_on_an_old_phone(running: Handover, container: str) -> None:
    running.posted.clear()
    with old_phone() as phone:
        put_in(phone, container)
        phone.open(running.url)
        phone.sees("进去了")
    assert running.posted[0]["ticket"] == "TICKET-1"


@pytest.mark.parametrize("container", ["weixin", "uniapp", "none"])
def test_a_container_without_tickets_is_told_apart_on_an_old_phone(running: Handover, container: str) -> None:
    with old_phone() as phone:
        put_in(phone, container)
        phone.open(running.url)
        phone.sees("要从 App 里打开")
        found = phone.tab.call("Runtime.evaluate", expression="sunbridge.container")
        assert found["result"]["value"] == container
        phone.fits()


def test_a_hosts_own_script_brings_its_bridge_on_an_old_phone(tmp_path: Path) -> None:
    with handover(tmp_path, bridge_script=f"{HOSTS_ROOM}/script.js") as running, old_phone() as phone:
        phone.open(running.url)
        phone.sees("进去了")
    assert running.posted == [{"state": "st-1", "ticket": "TICKET-9"}]


def test_without_a_bridge_an_old_phone_goes_to_the_hosts_page_by_itself(tmp_path: Path) -> None:
    with handover(tmp_path, hosts_page=f"{HOSTS_ROOM}/page") as running, old_phone() as phone:
        phone.open(running.url)
        phone.sees("那边的网页")
    assert running.posted == []


def test_without_scripts_an_old_phone_goes_to_the_hosts_page_by_itself(tmp_path: Path) -> None:
    with handover(tmp_path, hosts_page=f"{HOSTS_ROOM}/page") as running, old_phone(scripts=False) as phone:
        phone.open(running.url)
        phone.sees("那边的网页")


def test_an_answer_behind_the_hash_is_read_on_an_old_phone(running: Handover) -> None:
    running.posted.clear()
    with old_phone() as phone:
        phone.open(f"{running.site.base_url}{HASH_ROOM}#/in?ticket=T%201&other=x")
        phone.sees("进去了")
        assert "#" not in phone.url
    assert running.posted == [{"state": "st-1", "ticket": "T 1"}]


def test_a_frame_on_an_old_phone_is_sent_to_the_whole_page_before_any_face_check(running: Handover) -> None:
    address = f"{running.site.base_url}/lyg/enter?embed=frame"
    with old_phone() as phone:
        phone.open(address)
        assert phone.heading() == "请在整页中打开"
        phone.fits()
        phone.screenshot(PICTURES / "whole-page.png")
        phone.open("about:blank")
        phone.faults.remove(
            f"{address} Failed to load resource: the server responded with a status of 400 (Bad Request)"
        )
