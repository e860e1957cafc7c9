"""The schema of h5app's own store: `migrate(url)` brings a database to the newest step; again does nothing."""

from __future__ import annotations

from pathlib import Path

from partner_adapters.kit.durable.migrating import Migrations

MIGRATIONS = Migrations(Path(__file__).parent, lock=0x68356170)
migrate = MIGRATIONS.migrate
