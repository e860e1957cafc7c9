"""What `/readyz` asks: each check passes, or raises the reason why this process cannot serve now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

# A check raises an exception if the checked resource cannot be used now.
Check = Callable[[], Awaitable[None]]


class NotReady(Exception):
    """A check has failed. `cause` is a text of ours, which `/readyz` shows."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause
