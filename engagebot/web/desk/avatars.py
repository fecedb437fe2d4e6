"""The picture of whoever wrote a mention: from the platform through us, or two letters on a ground."""

from __future__ import annotations

import hashlib
from html import escape
from typing import cast

from fastapi import APIRouter, Request
from fastapi.responses import Response

from engagebot.bootstrap import App, connector_names
from engagebot.domain.mention import Author
from engagebot.errors import WrongUsage
from engagebot.pipeline.avatars import Avatars, kind_of
from engagebot.ports import ShowsAvatars
from engagebot.store import mentions
from engagebot.web.entry.auth import Reader
from engagebot.web.site import Site

router = APIRouter(include_in_schema=False)
NOBODY = "?"
GROUNDS = ("#3f5a73", "#6b4f7d", "#2f6b5c", "#7a4b3a", "#4d5f2b", "#6d4257", "#34597d", "#5f5535")
DRAWN = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" width="48" height="48">'
    '<rect width="48" height="48" fill="{ground}"/>'
    '<text transform="translate(24 24)" fill="#fff" font-size="20" font-family="system-ui, sans-serif" '
    'text-anchor="middle" dominant-baseline="central">{letters}</text></svg>'
)


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


def drawn(author: Author | None) -> str:
    """A picture of the first letters of a name."""
    name = (author.name or author.handle) if author else ""
    number = hashlib.sha256((author.handle if author else "").encode("utf-8", "replace")).digest()[0]
    return DRAWN.format(ground=GROUNDS[number % len(GROUNDS)], letters=escape(letters_of(name) or NOBODY))


def letters_of(name: str) -> str:
    """The first letters of the first and the last word of a name, which may be in any script, or nothing."""
    words = [word for word in name[:200].replace("_", " ").split() if word[0].isalnum()]
    return "".join(word[0].upper()[0] for word in dict.fromkeys([*words[:1], *words[1:][-1:]]))


def _picture(app: App, avatars: Avatars, mention_id: int, source: str, author: Author | None) -> bytes | None:
    if author is None or author.avatar_url is None or app.is_demo or source not in connector_names():
        return None
    try:
        connector = app.connector(source)
    except WrongUsage:
        return None
    hosts = connector.avatar_hosts if isinstance(connector, ShowsAvatars) else ()
    return avatars.of(mention_id, author.avatar_url, hosts)
