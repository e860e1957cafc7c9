"""The schema of h5app's database. `migrate(url)` brings it up to date; a second run changes nothing."""

from __future__ import annotations

from pathlib import Path

from partner_adapters.kit.durable.migrating import Migrations

MIGRATIONS = Migrations(Path(__file__).parent, lock=0x68356170)
migrate = MIGRATIONS.migrate
