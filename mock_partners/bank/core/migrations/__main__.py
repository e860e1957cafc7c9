"""`python -m mock_partners.bank.core.migrations`: prints the steps that the tables have and the migrations lack.

`python -m mock_partners.bank.core.migrations grants`: prints the grants of the core's user on PostgreSQL.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext

from mock_partners.bank.core.migrations import migrate
from mock_partners.bank.core.migrations.guards import grants
from mock_partners.bank.core.schema import metadata
from partner_adapters.kit.durable.store import Store


def missing_steps() -> str:
    """Return the missing steps as Python code."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'drafts.sqlite'}"
        migrate(url)
        store = Store(url)
        ops = store.read_now(
            lambda conn: produce_migrations(MigrationContext.configure(conn), metadata).upgrade_ops
        )
        store.close()
    assert ops is not None
    return render_python_code(ops)


print("\n\n".join(grants.statements(metadata)) if sys.argv[1:] == ["grants"] else missing_steps())
