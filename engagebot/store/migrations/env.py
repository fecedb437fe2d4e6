"""Alembic's entry: runs on the connection that `engagebot.store.schema` hands over."""

from alembic import context

from engagebot.store.account_tables import users
from engagebot.store.case_tables import case_clocks
from engagebot.store.desk_tables import views
from engagebot.store.listening_tables import mutes
from engagebot.store.people_tables import customer_notes
from engagebot.store.rule_tables import rule_counts
from engagebot.store.seeded_tables import seeded_checks
from engagebot.store.sending_tables import breakers
from engagebot.store.telling_tables import unreached

# Every module of tables adds its own to the one list.
for table in (users, case_clocks, customer_notes, rule_counts, mutes, breakers, unreached, seeded_checks):
    assert table.metadata is views.metadata  # noqa: S101

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=views.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
