"""Nodes of the core as processes of their own. The outside parties stay in the caller's process."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from datetime import datetime
from multiprocessing.process import BaseProcess
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount

from bench.kit.processes import free_port
from mock_partners.bank.core.app import create_app
from mock_partners.bank.core.kernel.settings import CoreSettings
from mock_partners.testing.worlds.server import HOST
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.values.clock import FixedClock
from partner_adapters.kit.web.calls.http_client import HttpClient
from partner_adapters.kit.web.parties import Parties
from partner_adapters.kit.web.serving import Server, listen, serve_until_stopped
from tests.support.houses.core import PARTIES, TestBank
from tests.support.houses.serving import serving

STARTED_WITHIN_S, STOPPED_WITHIN_S, LOOK_EVERY_S = 60.0, 15.0, 0.05
# Forked, so that a node begins with the statements that this process has compiled, as one that has served for a while.
# It opens its own connections and threads, and uses none that it was born with.
_processes = multiprocessing.get_context("fork")


@asynccontextmanager
async def node_processes(bank: TestBank, count: int) -> AsyncIterator[tuple[list[str], list[int]]]:
    """Run this many nodes on the bank's database. Yield their URLs and the ids of their processes."""
    outside = Starlette(routes=[Mount(f"/{party}", app) for party, app in bank.wires.apps.items()])
    async with serving(outside, "socket") as (http, base):
        await http.aclose()
        ports, urls = [free_port() for _ in range(count)], {party: f"{base}/{party}" for party in PARTIES}
        settings = _fetching_keys_at(bank, urls["gov_app"])
        started: list[BaseProcess] = []
        try:
            for port in ports:
                arguments = (settings, bank.store.url, bank.clock.now(), urls, port)
                started.append(_processes.Process(target=_serve, args=arguments, daemon=True))
                started[-1].start()
            for port in ports:
                await _until_listening(port)
            yield [f"http://{HOST}:{port}" for port in ports], [each.pid or 0 for each in started]
        finally:
            for each in started:
                each.terminate()
            for each in started:
                await asyncio.to_thread(each.join, STOPPED_WITHIN_S)


def _fetching_keys_at(bank: TestBank, hosts_url: str) -> CoreSettings:
    clients = [
        client.model_copy(
            update={
                "identity": client.identity.model_copy(
                    update={"jwks_url": f"{hosts_url}/{client.partner}/jwks"}
                )
            }
        )
        for client in bank.core.settings.clients
    ]
    return bank.core.settings.model_copy(update={"clients": tuple(clients)})


def _serve(settings: CoreSettings, database: str, at: datetime, urls: Mapping[str, str], port: int) -> None:
    os.dup2(os.open(Path(os.devnull), os.O_WRONLY), 1)
    http = HttpClient()
    app = create_app(settings, Store(database), FixedClock(at), Parties(http, urls))
    serve_until_stopped([Server(app, listen(port))], [aclosing(http)])


async def _until_listening(port: int) -> None:
    async with asyncio.timeout(STARTED_WITHIN_S):
        while True:
            try:
                _, writer = await asyncio.open_connection(HOST, port)
                writer.close()
                return
            except OSError:
                await asyncio.sleep(LOOK_EVERY_S)
