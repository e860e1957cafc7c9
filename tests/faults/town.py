"""The house as in life: each party a process of its own, to be killed, started again, and put back in time."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg
from sqlalchemy import text

from mock_partners.worlds.clock import WorldClock
from mock_partners.worlds.demo import H5APP, prepare
from mock_partners.worlds.faults import Fault
from mock_partners.worlds.partners import PARTNERS
from mock_partners.worlds.server import PortInUse, listen
from mock_partners.worlds.settings import DemoSettings
from mock_partners.worlds.world import PARTIES
from partner_adapters.durable.store import Store
from tests.cutting import cutting, locked

READY_WITHIN_S = 60.0
LOOK_EVERY_S = 0.05
OUR_PORTS = (20_000, 32_000)
_CHANCE = random.SystemRandom()


class Town:
    """`postgresql`: address of a cluster whose superuser we are, for the core's database; else SQLite."""

    def __init__(self, home: Path, postgresql: str | None = None) -> None:
        sockets = {name: _free() for name in (*PARTIES, H5APP)}
        ports = {f"{name}_port": one.getsockname()[1] for name, one in sockets.items()}
        for one in sockets.values():
            one.close()
        self._cluster, self._database = postgresql, f"town_{ports['core_bank_port']}"
        url = f"postgresql+psycopg://{postgresql}/{self._database}" if postgresql else None
        self.settings = DemoSettings(folder=home, core_bank_database_url=url, **ports)
        self.world = self.settings.world()
        self.clock: WorldClock = self.world.clock()
        self._environments = prepare(self.world, self.settings)
        self.config = home / "sunbridge.toml"
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.planted: dict[str, str] = {}
        """Which bug of `tests/faults/planted.py` a party is started with, by party."""
        if postgresql:
            self._admin(f'CREATE DATABASE "{self._database}"')

    def url(self, party: str) -> str:
        return self.world.url(party)

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
        return name in self._processes and self._processes[name].poll() is None

    def pid(self, name: str) -> int:
        return self._processes[name].pid

    def killed_itself(self, name: str) -> bool:
        """Whether it died of `kill -9`."""
        return self._processes[name].poll() == -signal.SIGKILL

    def kill(self, *names: str) -> None:
        for name in names:
            if self.runs(name):
                self._processes[name].kill()
            if name in self._processes:
                self._processes.pop(name).wait()

    def log_file(self, name: str) -> Path:
        return self.world.home / "logs" / f"{name}.log"

    def log(self, name: str) -> str:
        return self.log_file(name).read_text()[-2000:]

    def lines(self, name: str, reference: str) -> list[dict[str, Any]]:
        """What a program has logged under a request's reference."""
        log = (self.world.home / "logs" / f"{name}.log").read_text()
        return [json.loads(line) for line in log.splitlines() if f'"request_id": "{reference}"' in line]

    def fault(self, party: str, fault: Fault) -> None:
        httpx.post(f"{self.url(party)}/_faults", json=fault.model_dump()).raise_for_status()

    def faults_over(self, party: str) -> None:
        httpx.delete(f"{self.url(party)}/_faults").raise_for_status()

    @contextmanager
    def without_database(self, party: str) -> Iterator[None]:
        """SQLite: somebody else holds the write lock meanwhile. PostgreSQL: every transaction is cut in its midst."""
        url = self.world.database_url(party)
        with cutting(url) if url.startswith("postgresql") else locked(url):
            yield

    def keep(self, stage: str) -> None:
        """Remember everybody's data as they now are; everybody is stopped."""
        self.kill(*self._processes)
        shutil.copytree(self.world.folder, self._kept(stage))
        if self._cluster:
            self._admin(f'CREATE DATABASE "{self._database}_{stage}" TEMPLATE "{self._database}"')

    def back_to(self, stage: str, *parties: str) -> None:
        """Give these parties the data of that stage; they are stopped."""
        self.kill(*parties)
        for party in parties:
            for ending in ("", "-wal", "-shm"):
                (self.world.folder / f"{party}.db{ending}").unlink(missing_ok=True)
            for file in self._kept(stage).glob(f"{party}.db*"):
                shutil.copy(file, self.world.folder)
        if self._cluster and "core_bank" in parties:
            self._admin(
                f'DROP DATABASE "{self._database}" WITH (FORCE)',
                f'CREATE DATABASE "{self._database}" TEMPLATE "{self._database}_{stage}"',
            )

    def has(self, stage: str) -> bool:
        return self._kept(stage).exists()

    def number(self, party: str, query: str) -> int:
        """One number out of a party's database, read beside its process."""
        store = Store(self.world.database_url(party))
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
            token = httpx.post(f"{self.url('core_bank')}/oauth/token", data=form, auth=(operator, secret))
            bearer = {"Authorization": f"Bearer {token.json()['access_token']}"}
            report = httpx.get(f"{self.url('core_bank')}/proof", headers=bearer).json()
            assert report["items"], "nothing was proven"
            broken += [item["name"] for item in report["items"] if not item["holds"]]
        return broken

    def end(self) -> None:
        self.kill(*list(self._processes))
        if self._cluster:
            kept = [path.name for path in (self.world.home / "kept").glob("*")]
            names = [self._database, *(f"{self._database}_{stage}" for stage in kept)]
            self._admin(*(f'DROP DATABASE "{name}" WITH (FORCE)' for name in names))

    def _kept(self, stage: str) -> Path:
        return self.world.home / "kept" / stage

    def _process(self, name: str, crash_at: str) -> subprocess.Popen[bytes]:
        program = ["tests.faults.planted", self.planted[name]] if name in self.planted else ["mock_partners"]
        command = ["-m", H5APP] if name == H5APP else ["-m", *program, name]
        ours = {f"SUNBRIDGE_{key}".upper(): str(value) for key, value in self.settings if value is not None}
        ours |= {**self._environments[name], "SUNBRIDGE_CRASH_AT": crash_at}
        with self.log_file(name).open("ab") as sink:
            return subprocess.Popen(
                [sys.executable, *command],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                env={**os.environ, **ours},
                start_new_session=True,
            )

    def _ready(self, name: str) -> bool:
        base = self.world.h5app_url if name == H5APP else self.url(name)
        try:
            return httpx.get(f"{base}/readyz", timeout=2, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def _admin(self, *statements: str) -> None:
        with psycopg.connect(f"postgresql://{self._cluster}/postgres", autocommit=True) as conn:
            for statement in statements:
                conn.execute(statement)


def _free() -> socket.socket:
    """A port of ours alone, also while its process is dead: none that the system gives to outgoing connections."""
    while True:
        with suppress(PortInUse):
            return listen(_CHANCE.randrange(*OUR_PORTS))


@contextmanager
def town(home: Path, postgresql: str | None = None) -> Iterator[Town]:
    made = Town(home.resolve(), postgresql)
    try:
        yield made
    finally:
        made.end()
