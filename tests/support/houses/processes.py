"""The house as in life: each party a process of its own, to be killed, started again, and put back in time."""

from __future__ import annotations

import json
import random
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import httpx
import psycopg
from sqlalchemy import text

from mock_partners.testing.registrations.parties import audit_head
from mock_partners.testing.registrations.partners import PARTNERS
from mock_partners.testing.running.demo import H5APP, PARTNER_API, prepare
from mock_partners.testing.running.settings import DemoSettings
from mock_partners.testing.worlds.clock import WorldClock
from mock_partners.testing.worlds.faults import Fault
from mock_partners.testing.worlds.server import PortInUse, listen
from mock_partners.testing.worlds.world import PARTIES
from partner_adapters.kit.durable.store import Store
from tests.support.databases.cutting import away
from tests.support.databases.proving import unmatched
from tests.support.houses.fork_server import born

READY_WITHIN_S = 60.0
LOOK_EVERY_S = 0.02
HTTP_S = 10.0
# Who is called may have died since: no connection is used twice.
ONE_CALL = httpx.Limits(max_keepalive_connections=0)
OUR_PORTS = (20_000, 32_000)
_CHANCE = random.SystemRandom()


class ProcessHouse:
    """A house of real processes. `postgresql` is the address of a cluster where we are superuser, for all
    databases. Without it they are SQLite files.
    """

    def __init__(self, home: Path, postgresql: str | None = None) -> None:
        sockets = {name: _free() for name in (*PARTIES, H5APP, PARTNER_API)}
        ports = {f"{name}_port": one.getsockname()[1] for name, one in sockets.items()}
        for one in sockets.values():
            one.close()
        self._cluster, self._prefix = postgresql, f"house_{ports['core_bank_port']}"
        own = f"postgresql+psycopg://{postgresql}/{self._prefix}" if postgresql else ""
        databases = {f"{party}_database_url": f"{own}_{party}" for party in PARTIES if own}
        databases |= (
            {"core_bank_empty_database_url": f"postgresql+psycopg://{postgresql}/postgres"} if own else {}
        )
        self.settings = DemoSettings.model_validate({"folder": home, **ports, **databases})
        self.world = self.settings.world()
        self.clock: WorldClock = self.world.clock()
        self._environments = prepare(self.world, self.settings)
        if own:
            moved = {"SUNBRIDGE_DATABASE_URL": f"{own}_{H5APP}"}
            for name in (H5APP, PARTNER_API):
                self._environments[name] = {**self._environments[name], **moved}
        self.config = home / "sunbridge.toml"
        self._http = httpx.Client(timeout=HTTP_S, trust_env=False, limits=ONE_CALL)
        self._processes: dict[str, BaseProcess] = {}
        self.planted: dict[str, str] = {}
        """Which bug of `tests/support/databases/planted.py` a party is started with, by party."""
        self._admin(*(f'CREATE DATABASE "{self._prefix}_{name}"' for name in self._environments))

    def url(self, party: str) -> str:
        return self.world.url(party)

    @property
    def partner_api_url(self) -> str:
        return self._environments[PARTNER_API]["SUNBRIDGE_PARTNER_API_BASE_URL"]

    def database_url(self, program: str) -> str:
        if program in (H5APP, PARTNER_API):
            return self._environments[program]["SUNBRIDGE_DATABASE_URL"]
        return self.world.database_url(program)

    def start(self, *names: str, crash_at: str = "") -> None:
        """Start those that do not run, and wait until all are ready. `crash_at` holds for all of them."""
        for name in names:
            if not self.runs(name):
                self._processes[name] = self._process(name, crash_at)
        deadline = time.monotonic() + READY_WITHIN_S
        for name in names:
            while not self._ready(name):
                assert self.runs(name), f"{name} died at its start: {self.log(name)}"
                assert time.monotonic() < deadline, f"{name} is not ready: {self.log(name)}"
                time.sleep(LOOK_EVERY_S)

    def runs(self, name: str) -> bool:
        return name in self._processes and self._processes[name].is_alive()

    def pid(self, name: str) -> int:
        pid = self._processes[name].pid
        assert pid is not None
        return pid

    def killed_itself(self, name: str) -> bool:
        """Whether it died of `kill -9`."""
        return self._processes[name].exitcode == -signal.SIGKILL

    def kill(self, *names: str) -> None:
        for name in names:
            if self.runs(name):
                self._processes[name].kill()
            if name in self._processes:
                self._processes.pop(name).join()

    def log_file(self, name: str) -> Path:
        return self.world.home / "logs" / f"{name}.log"

    def log(self, name: str) -> str:
        return self.log_file(name).read_text()[-2000:]

    def lines(self, name: str, reference: str) -> list[dict[str, Any]]:
        """What a program has logged under a request's reference."""
        log = (self.world.home / "logs" / f"{name}.log").read_text()
        return [json.loads(line) for line in log.splitlines() if f'"request_id": "{reference}"' in line]

    def fault(self, party: str, fault: Fault) -> None:
        self._http.post(f"{self.url(party)}/_faults", json=fault.model_dump()).raise_for_status()

    def faults_over(self, party: str) -> None:
        self._http.delete(f"{self.url(party)}/_faults").raise_for_status()

    def without_database(self, party: str) -> AbstractContextManager[None]:
        """Keep the party from its database meanwhile. SQLite: another connection holds the write lock.
        PostgreSQL: every transaction is cut half-way.
        """
        return away(self.database_url(party))

    def keep(self, stage: str) -> None:
        """Remember everybody's data as they now are; everybody is stopped."""
        self.kill(*self._processes)
        shutil.copytree(self.world.folder, self._kept(stage))
        for name in self._environments:
            self._admin(f'CREATE DATABASE "{self._prefix}_{name}_{stage}" TEMPLATE "{self._prefix}_{name}"')

    def back_to(self, stage: str, *programs: str) -> None:
        """Give these the data of that stage, h5app none; they are stopped."""
        self.kill(*programs)
        for name in programs:
            if self._cluster:
                self._admin(
                    f'DROP DATABASE "{self._prefix}_{name}" WITH (FORCE)',
                    f'CREATE DATABASE "{self._prefix}_{name}" TEMPLATE "{self._prefix}_{name}_{stage}"',
                )
                continue
            live = Path(self.database_url(name).removeprefix("sqlite:///"))
            for ending in ("", "-wal", "-shm"):
                live.with_name(f"{live.name}{ending}").unlink(missing_ok=True)
            for file in self._kept(stage).glob(f"{live.name}*"):
                shutil.copy(file, live.parent)
        if "core_bank" in programs:
            audit_head(self.world).unlink(missing_ok=True)

    def has(self, stage: str) -> bool:
        return self._kept(stage).exists()

    def number(self, party: str, query: str) -> int:
        """One number out of a party's database, read beside its process."""
        store = Store(self.database_url(party))
        try:
            return int(store.read_now(lambda conn: conn.execute(text(query)).scalar_one()) or 0)
        finally:
            store.close()

    def broken_rules(self) -> list[str]:
        """The invariants that the running core's own proof finds broken, at any bank."""
        broken = []
        for partner in PARTNERS:
            operator = f"operator-{partner.bank.bank_id}"
            secret = self.world.secrets.password(f"operator_{partner.bank.bank_id}").get_secret_value()
            form = {"grant_type": "client_credentials"}
            token = self._http.post(
                f"{self.url('core_bank')}/oauth/token", data=form, auth=(operator, secret)
            )
            bearer = {"Authorization": f"Bearer {token.json()['access_token']}"}
            report = self._http.get(f"{self.url('core_bank')}/proof", headers=bearer).json()
            assert report["items"], "nothing was proven"
            broken += [item["name"] for item in report["items"] if not item["holds"]]
        return broken

    def unmatched(self) -> list[str]:
        """Where the core's books and the card network's transfers differ."""
        stores = [Store(self.database_url(party)) for party in ("core_bank", "card_network")]
        try:
            return [f"network = ledger: {one}" for one in unmatched(*stores)]
        finally:
            for store in stores:
                store.close()

    def end(self) -> None:
        self.kill(*list(self._processes))
        self._http.close()
        stages = ["", *(f"_{path.name}" for path in (self.world.home / "kept").glob("*"))]
        self._admin(
            *(
                f'DROP DATABASE IF EXISTS "{self._prefix}_{name}{stage}" WITH (FORCE)'
                for name in self._environments
                for stage in stages
            )
        )

    def _kept(self, stage: str) -> Path:
        return self.world.home / "kept" / stage

    def _process(self, name: str, crash_at: str) -> BaseProcess:
        ours = {f"SUNBRIDGE_{key}".upper(): str(value) for key, value in self.settings if value is not None}
        ours |= {**self._environments[name], "SUNBRIDGE_CRASH_AT": crash_at}
        return born(name, self.log_file(name), ours, self.planted.get(name, ""))

    def _ready(self, name: str) -> bool:
        ours = {H5APP: self.world.h5app_url, PARTNER_API: self.partner_api_url}
        base = ours[name] if name in ours else self.url(name)
        try:
            return self._http.get(f"{base}/readyz", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def _admin(self, *statements: str) -> None:
        """On the cluster; nothing where there is none."""
        if self._cluster is None:
            return
        with psycopg.connect(f"postgresql://{self._cluster}/postgres", autocommit=True) as conn:
            for statement in statements:
                conn.execute(statement)


def _free() -> socket.socket:
    """A port of ours alone, also while its process is dead: none that the system gives to outgoing connections."""
    while True:
        with suppress(PortInUse):
            return listen(_CHANCE.randrange(*OUR_PORTS))


@contextmanager
def process_house(home: Path, postgresql: str | None = None) -> Iterator[ProcessHouse]:
    made = ProcessHouse(home.resolve(), postgresql)
    try:
        yield made
    finally:
        made.end()
