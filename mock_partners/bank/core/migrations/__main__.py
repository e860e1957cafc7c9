"""`python -m mock_partners.bank.core.migrations`: prints the steps that the tables have and the migrations lack."""

from __future__ import annotations

import tempfile
from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext

from mock_partners.bank.core.migrations import migrate
from mock_partners.bank.core.schema import metadata
from partner_adapters.kit.durable.store import Store

with tempfile.TemporaryDirectory() as folder:
    url = f"sqlite:///{Path(folder) / 'drafts.sqlite'}"
    migrate(url)
    store = Store(url)
    ops = store.read_now(
        lambda conn: produce_migrations(MigrationContext.configure(conn), metadata).upgrade_ops
    )
    assert ops is not None
    print(render_python_code(ops))
    store.close()
