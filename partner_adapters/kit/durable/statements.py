"""What a statement will change, for those who watch a store's statements (`Watcher` in `store.py`)."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Update


def sets_any(statement: Update, columns: Iterable[str]) -> bool:
    """Whether the statement sets one of these columns. SQLAlchemy has no public name for what it sets."""
    names = {getattr(column, "name", column) for column in statement._values or ()}
    # Without values of its own it sets what its parameters name.
    return not names or not names.isdisjoint(columns)
