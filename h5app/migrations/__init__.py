"""The schema of h5app's own store: `migrate(url)` brings a database up to date, in one transaction."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from partner_adapters.durable.store import Store


def migrate(url: str) -> None:
    """Run every migration that is missing."""
    store = Store(url)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    try:
        store.write_now(lambda conn: _upgrade(config, conn))
    finally:
        store.close()


def _upgrade(config: Config, conn: object) -> None:
    config.attributes["connection"] = conn
    command.upgrade(config, "head")
