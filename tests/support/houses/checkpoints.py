"""What many tests begin with, such as an open account, is lived once in a worker and given back to later banks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from tests.support.databases.keeping import Kept, keep

if TYPE_CHECKING:
    from tests.support.houses.core import TestBank

T = TypeVar("T")


@dataclass(frozen=True)
class Checkpoint:
    """Everything that had happened in a bank: its databases, its time, the calls made, and what the caller got."""

    databases: Mapping[str, Kept]
    now: datetime
    sent: tuple[tuple[str, str, str], ...]
    result: Any

    @classmethod
    def of(cls, bank: TestBank, result: Any) -> Checkpoint:
        databases = {name: keep(store.url) for name, store in bank.stores.items()}
        return cls(databases, bank.clock.now(), tuple(bank.wires.sent), result)

    def give_back(self, bank: TestBank) -> None:
        for name, kept in self.databases.items():
            kept.give_back(bank.stores[name].url)
        bank.core.settings.audit_head.unlink(missing_ok=True)
        bank.clock.advance(self.now - bank.clock.now())
        bank.wires.sent[:] = self.sent


_LIVED: dict[tuple[Any, ...], Checkpoint] = {}


async def lived_once(bank: TestBank, what: tuple[Any, ...], live: Callable[[], Awaitable[T]]) -> T:
    """Return the result of `live`, whose effects depend on `what` alone.

    In a bank in which something has happened before, it is lived there. Only databases, time and the calls made are
    given back, so `live` must leave nothing else in memory.
    """
    if not bank.untouched:
        return await live()
    key = (bank.store.url.partition(":")[0], bank.begun_at, *what)
    if checkpoint := _LIVED.get(key):
        checkpoint.give_back(bank)
    else:
        checkpoint = _LIVED[key] = Checkpoint.of(bank, await live())
    result: T = checkpoint.result
    return result
