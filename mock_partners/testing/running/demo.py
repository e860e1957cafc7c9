"""`make demo`: every program runs as a process of its own on loopback, with one address to open."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import httpx

from mock_partners.testing.registrations import own_partners, parties
from mock_partners.testing.registrations.h5app_config import write_config, write_core_clients
from mock_partners.testing.registrations.own_partners import OwnPartner
from mock_partners.testing.running.own_partner import PartnerRefused, check_kept, keep
from mock_partners.testing.running.settings import DemoSettings, port_variable
from mock_partners.testing.worlds.server import HOST, PortInUse, listen
from mock_partners.testing.worlds.world import PARTIES, World
from partner_adapters.kit.durable.private_files import make_folder

# A suggested port lies so far above the one that is taken. Nothing of the demo or of its quickstarts is there: they put
# a partner's own server on 9000.
BESIDE = 2000
# A first start on a slow machine migrates, makes keys and imports the PDF library.
READY_WITHIN_S = 90
STOPPED_WITHIN_S = 15
LOOK_EVERY_S = 0.2
H5APP, PARTNER_API = "h5app", "partner_api"
# The programs that the bank runs for its partners and their customers, as Python modules.
MODULES = {H5APP: H5APP, PARTNER_API: f"{H5APP}.{PARTNER_API}"}


class DemoFailed(Exception):
    """The demo cannot run. The text tells the tester what is wrong and how to mend it."""


@dataclass(frozen=True)
class Program:
    """One child process with the address of its readiness check and its log."""

    name: str
    process: subprocess.Popen[bytes]
    ready_url: str
    log: Path

    def obituary(self) -> str:
        return f"{self.name} has ended (exit status {self.process.returncode}); its log: {_shown(self.log)}"


def run_demo(settings: DemoSettings, tell: Callable[[str], None], partner: Path | None = None) -> None:
    """Run every program until a signal. `tell` receives each line for the tester.

    `partner`: a file with a partner of the developer's own, which the demo keeps. Raises DemoFailed. No child process
    is left behind.
    """
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    programs: list[Program] = []
    try:
        check_ports(settings)
        world = settings.world()
        own = take_own_partners(world, partner)
        tell(
            f"Starting {len(PARTIES) + len(MODULES)} programs, their logs are in {_shown(world.home / 'logs')} …"
        )
        environments = prepare(world, settings)
        programs = [_start(name, world, env, settings.port(name)) for name, env in environments.items()]
        wait_until_ready(programs, stop)
        if not stop.is_set():
            tell(
                f"Open {world.url('gov_app')}/lyg/\nThe bank's staff: {world.url('desk')}/\n"
                f"Partners' servers: http://localhost:{settings.partner_api_port}/partner/v1\n"
                f"A key for one: {_key_command(world, environments[PARTNER_API])}"
            )
            for each in own:
                tell(_shown_partner(world, each))
            tell("Stop with Ctrl-C.")
        _watch(programs, stop, tell)
    finally:
        _stop_all(programs)


def check_ports(settings: DemoSettings) -> None:
    """Report every port that is taken, all at once. Raises DemoFailed."""
    taken = []
    # Held until all are tried, so that two programs with one port are found as well.
    with ExitStack() as held:
        for program in (*PARTIES, *MODULES):
            port = settings.port(program)
            try:
                held.enter_context(listen(port))
            except PortInUse:
                taken.append(
                    f"Port {port} for {program} is in use. Stop what listens there, or choose another: "
                    f"{port_variable(program)}={port + BESIDE} make demo"
                )
    if taken:
        raise DemoFailed("\n".join(taken))


def take_own_partners(world: World, file: Path | None) -> tuple[OwnPartner, ...]:
    """Keep the partner of `file`, and return all that the demo keeps, each checked. Raises DemoFailed."""
    try:
        return check_kept(world) if file is None else keep(world, file)
    except PartnerRefused as refusal:
        raise DemoFailed(str(refusal)) from None


def _shown_partner(world: World, own: OwnPartner) -> str:
    return (
        f"Your partner {own.id}, {own.block['name']['zh']}: {own_partners.pages_url(world, own)}/enter "
        f"(kept in {_shown(own.file)}; delete that file to start without it)"
    )


def prepare(world: World, settings: DemoSettings) -> dict[str, Mapping[str, str]]:
    """Create all secrets and h5app's configuration, and return each program's environment."""
    for party in PARTIES:
        parties.settings_of(world, party)
    make_folder(world.home / "logs")
    write_core_clients(world, world.home / "core.toml")
    environments: dict[str, Mapping[str, str]] = {party: {} for party in PARTIES}
    pages = {
        "SUNBRIDGE_CONFIG": str(write_config(world, world.home / "sunbridge.toml")),
        "SUNBRIDGE_DATABASE_URL": f"sqlite:///{world.home / 'h5app.db'}",
        "SUNBRIDGE_SIGNING_KEYS_FILE": str(world.secrets.password_file("h5app_signing")),
        "SUNBRIDGE_BASE_URL": world.h5app_url,
        "SUNBRIDGE_HOST": HOST,
    }
    environments[H5APP] = {**pages, "SUNBRIDGE_PORT": str(settings.h5app_port)}
    environments[PARTNER_API] = {
        **pages,
        "SUNBRIDGE_PARTNER_API_PORT": str(settings.partner_api_port),
        "SUNBRIDGE_PARTNER_API_BASE_URL": f"http://localhost:{settings.partner_api_port}",
        "SUNBRIDGE_PARTNER_API_MODE": "sandbox",
        "SUNBRIDGE_PARTNER_API_TESTERS_URL": world.url("core_bank"),
    }
    return environments


def _key_command(world: World, environment: Mapping[str, str]) -> str:
    """Return the command that makes a key, as a tester types it."""
    file = _shown(write_environment(world, environment))
    python = _shown(Path(sys.executable))
    return f"env $(cat {file}) {python} -m {MODULES[PARTNER_API]} keys new lyg"


def write_environment(world: World, environment: Mapping[str, str]) -> Path:
    """Write what the partner API is started with to a file, for its commands about keys."""
    file = world.home / "partner-api.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in environment.items()))
    return file


def _start(name: str, world: World, environment: Mapping[str, str], port: int) -> Program:
    if name in MODULES:
        command, ready = ["-m", MODULES[name]], f"http://{HOST}:{port}/readyz"
    else:
        command, ready = ["-m", "mock_partners", name], f"{world.url(name)}/readyz"
    log = world.home / "logs" / f"{name}.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(  # noqa: S603  this interpreter, our own programs
            [sys.executable, *command],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            # No load balancer watches readiness here, and Ctrl-C should end at once. A demo may pause for a week.
            env={
                "SUNBRIDGE_DRAIN_S": "0",
                "SUNBRIDGE_CONFIRMS_DATES": "true",
                **_inherited(),
                **environment,
            },
            # Ctrl-C reaches this process alone, which then ends them in order.
            start_new_session=True,
        )
    return Program(name, process, ready, log)


def _inherited() -> dict[str, str]:
    # The demo asks each program for its readiness on the port that it serves.
    return {name: value for name, value in os.environ.items() if not name.endswith("OPERATIONS_PORT")}


def wait_until_ready(programs: Sequence[Program], stop: threading.Event) -> None:
    """Wait until every `/readyz` answers 200, or until `stop` is set. Raises DemoFailed."""
    waiting, deadline = list(programs), time.monotonic() + READY_WITHIN_S
    # One client for all questions. A new one reads every trusted certificate, 50 ms that the starting programs need.
    with httpx.Client(timeout=2, trust_env=False) as http:
        while waiting and not stop.is_set():
            if dead := [program.obituary() for program in programs if program.process.poll() is not None]:
                raise DemoFailed("\n".join(dead))
            if time.monotonic() > deadline:
                logs = "\n".join(
                    f"{program.name} is not ready; its log: {_shown(program.log)}" for program in waiting
                )
                raise DemoFailed(logs)
            waiting = [program for program in waiting if not _is_ready(http, program)]
            if waiting:
                stop.wait(LOOK_EVERY_S)


def _is_ready(http: httpx.Client, program: Program) -> bool:
    try:
        return http.get(program.ready_url).status_code == 200
    except httpx.HTTPError:
        return False


def _watch(programs: Sequence[Program], stop: threading.Event, tell: Callable[[str], None]) -> None:
    """Report each program that ends. The others keep running, as they would in production."""
    alive = list(programs)
    while not stop.wait(LOOK_EVERY_S):
        for program in [one for one in alive if one.process.poll() is not None]:
            alive.remove(program)
            tell(program.obituary())


def _stop_all(programs: Sequence[Program]) -> None:
    for program in reversed(programs):
        if program.process.poll() is None:
            program.process.terminate()
    deadline = time.monotonic() + STOPPED_WITHIN_S
    for program in programs:
        try:
            program.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            program.process.kill()
            program.process.wait()


def _shown(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
