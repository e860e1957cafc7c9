"""`python -m partner_adapters check FILE --live` as an operator runs it, against the running hosts of every dialect."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from mock_partners.testing.registrations.h5app_config import write_core_clients
from mock_partners.testing.registrations.partners import PARTNERS
from tests.support.houses.processes import ProcessHouse, process_house

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessHouse]:
    with process_house(tmp_path_factory.mktemp("house")) as running:
        running.start("gov_app")
        running.start("core_bank")
        yield running
        assert running.broken_rules() == []


def check(hosts: ProcessHouse, *more: str) -> tuple[int, list[str], str]:
    """Exit status, what was found, and what was said beside."""
    done = subprocess.run(
        [sys.executable, "-m", "partner_adapters", "check", str(hosts.config), "--live", *more],
        capture_output=True,
        text=True,
        timeout=60,
    )
    found = [line.strip() for line in done.stdout.splitlines() if line.startswith(("    ok: ", "    FAULT"))]
    return done.returncode, found, done.stderr


def test_every_partner_of_the_demo_is_found_good_by_its_host(hosts: ProcessHouse) -> None:
    core = write_core_clients(hosts.world, hosts.world.home / "core.toml")
    status, found, beside = check(hosts, "--base-url", hosts.world.h5app_url, "--core", str(core))
    assert [line for line in found if not line.startswith("ok: ")] == []
    assert (status, beside) == (0, "")
    said = "\n".join(found)
    for partner in PARTNERS:
        assert f"partners.{partner.id}.core.client_secret: the core accepts h5app-{partner.id}" in said
        assert f"the token names partner '{partner.id}' of bank '{partner.bank.bank_id}'" in said
        key = f"partners.{partner.id}.identity"
        assert f"{key}.clock_skew_s: " in said
        asked = {"push": "page.url", "launch": "jwks_url"}.get(partner.dialect, "login")
        assert f"{key}.{asked}: " in said
    refused = [line for line in found if "an invented code is refused as identity.code_replayed" in line]
    assert len(refused) == len(("lyg", *("haian", "zj", "zfb") * 2, "sfb"))


def test_an_address_that_is_not_registered_is_told_with_where_we_said_it(hosts: ProcessHouse) -> None:
    status, found, _ = check(hosts, "mbank")
    page = f"{hosts.url('gov_app')}/mbank/authn"
    assert status == 1
    assert found[0] == (
        f"FAULT: partners.mbank.identity.page.url: {page} answers with status 400; "
        "expected: the host's page for our request; to mend: "
        "is https://sunbridge.invalid/mbank/callback (see --base-url) registered at the host?"
    )


def test_a_wrong_secret_is_told_with_the_step_and_the_hosts_word(hosts: ProcessHouse) -> None:
    secrets = [
        path
        for path in hosts.world.home.rglob("*")
        if path.is_file() and "zj" in path.name and "core" not in path.name
    ]
    kept = {path: path.read_bytes() for path in secrets}
    assert kept
    try:
        for path in kept:
            path.write_text("another word of the same host")
        status, found, _ = check(hosts, "zj", "--base-url", hosts.world.h5app_url)
    finally:
        for path, content in kept.items():
            path.write_bytes(content)
    assert status == 1
    wrong = [line for line in found if line.startswith("FAULT")]
    assert [line.partition(": ")[2].partition(":")[0] for line in wrong] == [
        "partners.zj.identity.login.steps.redeem",
        "partners.zj.identity.face.steps.query",
    ]
    assert all("the host's error is 'SIGN_ERROR'" in line for line in wrong), wrong
