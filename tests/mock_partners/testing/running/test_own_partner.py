"""A partner of a developer's own in the demo: checked, kept, and registered at the mock host that it points to."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_partners.testing.registrations import hosts, parties
from mock_partners.testing.registrations.h5app_config import write_config, write_core_clients, write_own
from mock_partners.testing.registrations.own_partners import kept
from mock_partners.testing.registrations.partners import PARTNERS
from mock_partners.testing.running.building import build
from mock_partners.testing.running.own_partner import PartnerRefused, check_kept, keep
from mock_partners.testing.running.settings import DemoSettings
from mock_partners.testing.worlds.world import World
from partner_adapters.kit.values.clock import SystemClock
from partner_adapters.partners.check.new import write_block
from partner_adapters.partners.check.probe import probe
from partner_adapters.partners.file import load_partners
from tests.support.houses.keys import shared_keys

pytestmark = pytest.mark.anyio
# The mock hosts that serve more than one partner.
HOSTS = {partner.id: partner for partner in PARTNERS if partner.dialect not in hosts.CHANNELS}
CLIENT = "my-own-app"


def world_in(folder: Path) -> World:
    return replace(DemoSettings(folder=folder / "demo").world(), shared_keys=shared_keys())


def block_for(world: World, host: str = "lyg", **changes: Any) -> dict[str, Any]:
    """A developer's block that points to a mock host, with an id of its own there."""
    partner = next(each for each in PARTNERS if each.id == host)
    identity = hosts.identity(world, partner, "h5app")
    identity["client_id" if "client_id" in identity else "app_id"] = CLIENT
    if host == "zj":
        identity["signers"]["gateway"]["access_key"] = CLIENT
    block = {
        "name": {"zh": "我的城市", "en": "My City"},
        "bank": partner.bank.bank_id,
        "identity": identity,
        "step_up": hosts.step_up(partner),
    }
    return block | changes


def file_in(folder: Path, block: dict[str, Any], partner_id: str = "mine") -> Path:
    return write_own(folder / "mine.toml", partner_id, block, {})


@pytest.mark.parametrize("host", HOSTS)
async def test_a_partner_of_ones_own_is_served_by_the_mock_host_that_it_points_to(
    host: str, tmp_path: Path
) -> None:
    world = world_in(tmp_path)
    (own,) = keep(world, file_in(tmp_path, block_for(world, host)))
    assert own.file.stat().st_mode & 0o077 == 0
    mine = load_partners(write_config(world, world.home / "sunbridge.toml"))["mine"]
    assert mine.core.client_id == "h5app-mine"
    instance = build(world, "gov_app")
    async with instance.app.router.lifespan_context(instance.app):
        transport = httpx.ASGITransport(instance.app, root_path="/main")
        found = [finding async for finding in probe(mine, SystemClock(), world.h5app_url, transport)]
    assert [finding for finding in found if not finding.ok] == []
    assert "an invented code is refused as identity.code_replayed" in {finding.found for finding in found}
    instance.store.close()
    await instance.http.aclose()


@pytest.mark.parametrize("host", HOSTS)
async def test_pages_that_may_frame_ours_may_frame_the_hosts_login_which_opens_in_the_same_frame(
    host: str, tmp_path: Path
) -> None:
    world = world_in(tmp_path)
    mine = "https://my.city.example"
    keep(world, file_in(tmp_path, block_for(world, host, frame_ancestors=[mine])))
    settings: Any = parties.gov_app(world)
    registered = [*getattr(settings.hosts[host], "clients", ()), *getattr(settings.hosts[host], "apps", ())]
    assert [one.app_frames for one in registered if mine in one.app_frames] == [("'self'", mine)]
    # The demo's own partners are shown by the host's own pages alone.
    assert {one.app_frames for one in registered if mine not in one.app_frames} == {("'self'",)}


def test_it_is_kept_over_restarts_with_whole_paths_and_known_to_every_party(tmp_path: Path) -> None:
    world = world_in(tmp_path)
    identity = {
        **block_for(world)["identity"],
        "client_auth": "client_secret_basic",
        "client_secret": {"file": "mine.secret"},
    }
    del identity["private_key"]
    (tmp_path / "mine.secret").write_text("of the developer")
    keep(world, file_in(tmp_path, block_for(world, identity=identity)))
    again = world_in(tmp_path)
    assert [own.id for own in check_kept(again)] == ["mine"]
    (own,) = kept(again)
    assert own.block["identity"]["client_secret"] == {"file": str(tmp_path / "mine.secret")}
    core: Any = parties.core_bank(again)
    client = next(client for client in core.clients if client.partner == "mine")
    assert (client.client_id, client.bank_id, client.identity.audience) == ("h5app-mine", "hzw", CLIENT)
    sources: Any = parties.data_sources(again)
    assert "http://localhost:8000/mine/authorise/tax/return" in sources.banks["hzw"].redirect_uris
    host: Any = parties.gov_app(again)
    assert host.hosts["lyg"].find_client(CLIENT).client_secret.get_secret_value() == "of the developer"
    (tmp_path / "mine.secret").unlink()
    with pytest.raises(
        PartnerRefused, match=r"partners\.mine\.identity\.client_secret: cannot read the file"
    ):
        check_kept(again)


@pytest.mark.parametrize(
    ("changes", "partner_id", "told"),
    [
        ({"bank": "abc"}, "mine", "partners.mine.bank = 'abc': must be a bank of the demo: hab, hzw"),
        ({}, "zj", "partners.zj: is a partner of the demo itself; choose another id"),
        ({}, "My/City", "an id has small letters"),
        ({"accent": "#ffffff"}, "mine", "partners.mine.accent = '#ffffff': is too light"),
        ({"identity": {}}, "mine", "partners.mine.identity.dialect: is missing"),
        ({"name": "City"}, "mine", "partners.mine.name: must be"),
        (
            {"identity": {"dialect": "oidc", "issuer": "http://127.0.0.1:1", "client_id": "a"}},
            "mine",
            "partners.mine.identity.issuer = 'http://127.0.0.1:1': no discovery document (ConnectError)",
        ),
        (
            {"identity": {"dialect": "assertion", "issuer": "http://127.0.0.1:8101/main/ebank"}},
            "mine",
            "partners.mine.identity.issuer: the mock host ebank hands its customers to one partner only",
        ),
        (
            {"identity": {"dialect": "oidc", "issuer": "http://127.0.0.1:8101/main/lyg", "client_id": "a"}},
            "mine",
            "partners.mine.identity.client_auth: Field required",
        ),
    ],
)
def test_a_block_that_cannot_be_used_is_told_with_its_key_and_not_kept(
    changes: dict[str, Any], partner_id: str, told: str, tmp_path: Path
) -> None:
    world = world_in(tmp_path)
    (earlier,) = keep(world, file_in(tmp_path, block_for(world)))
    before = earlier.file.read_text("utf-8")
    with pytest.raises(PartnerRefused) as refused:
        keep(world, file_in(tmp_path, block_for(world, **changes), partner_id))
    assert told in str(refused.value)
    assert [(own.id, own.file.read_text("utf-8")) for own in kept(world)] == [("mine", before)]


def test_a_core_that_would_refuse_what_h5app_accepts_is_told_before_the_start(tmp_path: Path) -> None:
    """The developer may write the core's client too, for a host at which the bank has its own registration."""
    world = world_in(tmp_path)
    file = file_in(tmp_path, block_for(world, step_up={"drawdown": [{"max_age_s": 600}]}))
    identity = (
        "{ dialect = 'oidc', issuer = 'https://b.example', audience = 'x', jwks_url = 'https://b.example/k' }"
    )
    client = f"[[clients]]\npartner = 'mine'\nidentity = {identity}\nstep_up = {{}}\n"
    file.write_text(file.read_text("utf-8").replace("[[clients]]\n", client), "utf-8")
    with pytest.raises(PartnerRefused) as refused:
        keep(world, file)
    told = str(refused.value)
    assert "FAULT: partners.mine.identity.issuer: the core has 'https://b.example'" in told
    assert "FAULT: partners.mine.step_up.drawdown: (by partner, methods ['face'], max_age_s 600)" in told
    assert kept(world) == ()


def test_a_new_block_is_told_to_be_filled_in_but_for_the_core_that_the_demo_has(tmp_path: Path) -> None:
    file = tmp_path / "city.toml"
    places = write_block(file, "city", "oidc")
    with pytest.raises(PartnerRefused) as refused:
        keep(world_in(tmp_path), file)
    told = [line.strip().partition(": ")[0] for line in str(refused.value).splitlines()[1:]]
    assert told[: len(places) - 3] == [key for key in places if ".core." not in key]


@pytest.mark.parametrize("text", ["", "partners = 3", "[partners", "[partners]\nmine = 4"])
def test_a_file_without_a_partner_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text)
    with pytest.raises(PartnerRefused):
        keep(world_in(tmp_path), file)
    with pytest.raises(PartnerRefused, match="cannot be read"):
        keep(world_in(tmp_path), tmp_path / "gone.toml")


def test_what_the_demo_writes_of_the_core_has_no_secret_of_a_client(tmp_path: Path) -> None:
    world = world_in(tmp_path)
    text = write_core_clients(world, world.home / "core.toml").read_text("utf-8")
    clients = tomllib.loads(text)["clients"]
    assert [client["partner"] for client in clients] == [partner.id for partner in PARTNERS]
    assert not any("client_secret" in client for client in clients)
