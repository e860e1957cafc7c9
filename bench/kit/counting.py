"""What a step costs in this process: statements to databases, calls to other parties, processor time by thread."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Engine, event

from partner_adapters.kit.durable.keyed_read import KeyedRead
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.web.calls.http_client import Answer, HttpClient


@dataclass
class Costs:
    """`statements` and `driver_s` (processor seconds inside the driver) by database, `calls` by port called."""

    statements: Counter[str] = field(default_factory=Counter)
    driver_s: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    calls: Counter[int] = field(default_factory=Counter)
    # Processor seconds by thread name; threads of one pool together.
    threads_s: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    seconds: float = 0.0


@contextmanager
def counted(*, inside_drivers: bool = False) -> Iterator[Costs]:
    """Everything that happens in this process until the block ends.

    `inside_drivers` fills `driver_s`, and costs so much itself that the times by thread are then not to be used.
    """
    costs, sent, read_by_key, lock = Costs(), HttpClient.send, Store.read_by_key, threading.Lock()
    begun = threading.local()

    def before(*_: Any) -> None:
        begun.at = time.thread_time() if inside_drivers else 0.0

    def after(conn: Any, *_: Any) -> None:
        database = Path(conn.engine.url.database or "").stem
        with lock:
            costs.statements[database] += 1
            if inside_drivers and hasattr(begun, "at"):  # a statement may have begun before we counted
                costs.driver_s[database] += time.thread_time() - begun.at

    async def send(self: HttpClient, method: str, url: str, **rest: Any) -> Answer:
        costs.calls[urlsplit(url).port or 0] += 1
        return await sent(self, method, url, **rest)

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "after_cursor_execute", after)

    async def ask(self: Store, read: KeyedRead, values: Mapping[str, Any]) -> Sequence[Any]:
        costs.statements["h5app"] += 1  # only h5app reads by key
        return await read_by_key(self, read, values)

    HttpClient.send = send  # type: ignore[method-assign]
    Store.read_by_key = ask  # type: ignore[method-assign]
    started, threads = time.perf_counter(), _threads()
    try:
        yield costs
    finally:
        costs.seconds = time.perf_counter() - started
        for (name, ident), used in _threads().items():
            costs.threads_s[name] += used - threads.get((name, ident), 0.0)
        HttpClient.send = sent  # type: ignore[method-assign]
        Store.read_by_key = read_by_key  # type: ignore[method-assign]
        event.remove(Engine, "before_cursor_execute", before)
        event.remove(Engine, "after_cursor_execute", after)


def _threads() -> dict[tuple[str, int], float]:
    """Processor seconds so far of every living thread."""
    return {
        (thread.name.partition("_")[0], thread.ident): time.clock_gettime(
            time.pthread_getcpuclockid(thread.ident)
        )
        for thread in threading.enumerate()
        if thread.ident is not None
    }
