"""What the log line of the running request says beside its status: which code refused it, and which party."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_current: ContextVar[dict[str, str] | None] = ContextVar("request_notes", default=None)


@contextmanager
def noted() -> Iterator[dict[str, str]]:
    """Return the notes that are made within the block, by the request's own task or by tasks that it starts."""
    notes: dict[str, str] = {}
    token = _current.set(notes)
    try:
        yield notes
    finally:
        _current.reset(token)


def note_code(code: str) -> None:
    """Note the code with which the running request is refused."""
    if (notes := _current.get()) is not None:
        notes["code"] = code


def note_upstream(upstream: str, code: str) -> None:
    """Note the code with which another party refused a call of the running request. The latest one counts."""
    if (notes := _current.get()) is not None:
        notes["upstream"], notes["upstream_code"] = upstream, code
