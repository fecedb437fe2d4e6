"""Alembic's entry: runs on the connection that `engagebot.store.schema` hands over."""

from alembic import context

from engagebot.store.rule_tables import rule_counts

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=rule_counts.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
