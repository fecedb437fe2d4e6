"""The picture of whoever wrote a mention: from the platform through us, or two letters on a ground."""

from __future__ import annotations

from typing import cast

from fastapi import APIRouter, Request
from fastapi.responses import Response

from engagebot.bootstrap import App, connector_names
from engagebot.domain.mention import Author
from engagebot.errors import WrongUsage
from engagebot.pipeline.avatars import Avatars, kind_of
from engagebot.ports import ShowsAvatars
from engagebot.store.heard import mentions
from engagebot.web.entry.auth import Reader
from engagebot.web.lettered import drawn
from engagebot.web.site import Site

router = APIRouter(include_in_schema=False)


@router.get("/avatars/{mention_id}")
def avatar(request: Request, app: Site, me: Reader, mention_id: int) -> Response:
    with app.store.read() as tx:
        record = mentions.get(tx, mention_id)
    author = None if record.redacted_at else record.mention.author
    avatars = cast("Avatars", request.app.state.avatars)
    if author is None:
        avatars.drop([mention_id])
    picture = _picture(app, avatars, mention_id, record.mention.ref.source, author)
    if picture and (kind := kind_of(picture)):
        return Response(picture, media_type=kind)
    return Response(drawn(author), media_type="image/svg+xml")


def _picture(app: App, avatars: Avatars, mention_id: int, source: str, author: Author | None) -> bytes | None:
    if author is None or author.avatar_url is None or app.is_demo or source not in connector_names():
        return None
    try:
        connector = app.connector(source)
    except WrongUsage:
        return None
    hosts = connector.avatar_hosts if isinstance(connector, ShowsAvatars) else ()
    return avatars.of(mention_id, author.avatar_url, hosts)
