"""Run by Alembic: on the connection that `migrate` hands over, in its transaction."""

from alembic import context

from mock_partners.bank.core.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
