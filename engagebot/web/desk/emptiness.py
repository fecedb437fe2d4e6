"""Why a list is empty: nothing connected, all done, hidden by a search, paused, or deaf."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from engagebot.bootstrap import App
from engagebot.pipeline.hearing import deaf_watches
from engagebot.store import site
from engagebot.store.engine import Tx
from engagebot.store.heard import looking
from engagebot.web.desk import lanes
from engagebot.web.desk.where import Where

_CONNECT = Markup(
    "<p><strong>Nothing is connected yet.</strong> Add a watch to <code>config/engagebot.yaml</code> and "
    "its key to <code>.env</code>, or bring posts from a file: "
    "<code>engagebot import FILE --source NAME --as-new</code>.</p>"
)
_HIDDEN = Markup(
    '<p><strong>Your search hides {}.</strong> <a href="{}">Show everything in this lane</a></p>'
)
_PAUSED = Markup(
    "<p><strong>Paused by {}.</strong> What is approved waits; nothing leaves until somebody resumes.</p>"
)
_DEAF = Markup(
    "<p><strong>Nothing new can be heard: {}.</strong> {}. "
    '<a href="/connectors">See what to do about it</a></p>'
)
_PLAIN = Markup("<p>{}</p>")


def emptiness(app: App, tx: Tx, where: Where, counts: Mapping[lanes.Name, int]) -> Markup:
    """Say why there is nothing to show, and what to do about it; the most useful reason first."""
    hidden = counts[where.lane]
    if where.q and hidden:
        return _HIDDEN.format(f"{hidden} {'item' if hidden == 1 else 'items'}", f"/queue?lane={where.lane}")
    is_open = where.lane is lanes.Name.REVIEW or where.lane in lanes.PARTS
    if is_open and not app.settings.watches and not looking.sources(tx):
        return _CONNECT
    deaf = list(deaf_watches(tx, app.settings.watches, app.clock.now()).values())
    if is_open and deaf:
        return _DEAF.format(deaf[0].watch, deaf[0].why)
    paused_by = site.paused_by(tx)
    if where.lane is lanes.Name.LEAVING and paused_by is not None:
        return _PAUSED.format(paused_by)
    return _PLAIN.format(lanes.LANES[where.lane].empty)
