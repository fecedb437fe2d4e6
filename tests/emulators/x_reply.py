"""When the emulated X accepts a post made through the API, and with which words it refuses."""

from __future__ import annotations

import unicodedata

from tests.emulators.faults import DUPLICATE, NOT_SUMMONED, TARGET_GONE, X_PROBLEMS
from tests.emulators.wire import Answered, Response
from tests.emulators.x_posts import XPost, XUser, XWorld

LONGEST = 280


def forbidden(detail: str) -> Answered:
    body = {"detail": detail, "type": "about:blank", "title": "Forbidden", "status": 403}
    return Answered(Response.of(403, body))


def invalid(message: str, **parameters: str) -> Answered:
    """Return X's 400 with the parameters that it complains about."""
    body = {
        "errors": [{"parameters": {name: [value] for name, value in parameters.items()}, "message": message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": X_PROBLEMS + "invalid-request",
    }
    return Answered(Response.of(400, body))


def not_found(kind: str, name: str, value: str) -> dict[str, object]:
    """Return one entry of a partial `errors` list."""
    return {
        "value": value,
        "detail": f"Could not find {kind} with {name}: [{value}].",
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": name,
        "resource_id": value,
        "type": X_PROBLEMS + "resource-not-found",
    }


def not_authorized(kind: str, name: str, value: str) -> dict[str, object]:
    return {
        **not_found(kind, name, value),
        "title": "Authorization Error",
        "detail": f"Sorry, you are not authorized to see the {kind} with {name}: [{value}].",
        "type": X_PROBLEMS + "not-authorized-for-resource",
    }


def check_target(target: XPost | None, *, gone_status: int) -> XPost:
    """Return the post to be answered, or refuse because it is deleted or hidden."""
    if target is not None and target.state == "live":
        return target
    if gone_status == 404:
        body = {"title": "Not Found Error", "detail": TARGET_GONE, "type": X_PROBLEMS + "resource-not-found"}
        raise Answered(Response.of(404, {**body, "status": 404}))
    raise forbidden(TARGET_GONE)


def check_summoned(target: XPost, account: XUser, world: XWorld, *, rule: str) -> None:
    """Refuse an unsolicited reply; `rule` is `april` or `july` (two wordings), or `open`."""
    if target.author_id == account.id:
        return
    named = target.names_explicitly(account.username)
    if target.reply_settings != "everyone" and not (target.reply_settings == "mentionedUsers" and named):
        raise forbidden(NOT_SUMMONED["april"])
    if rule == "open":
        return
    quoted = world.posts.get(target.quote_of or "")
    if not named and (quoted is None or quoted.author_id != account.id):
        raise forbidden(NOT_SUMMONED[rule])


def check_text(stored: str, typed: str, account: XUser, world: XWorld) -> None:
    """Refuse empty, too long and duplicate texts; `stored` has the @name X puts in front of a reply."""
    if not typed.strip():
        raise invalid("text is empty", text=typed)
    if weight(typed) > LONGEST:
        raise forbidden("Your Tweet text is too long. Please shorten it and try again.")
    for post in world.posts.values():
        if post.author_id == account.id and post.state == "live" and post.text == stored:
            raise forbidden(DUPLICATE)


def weight(text: str) -> int:
    """Count as X does: links weigh 23, wide characters and emoji 2."""
    total = 0
    for word in unicodedata.normalize("NFC", text).split(" "):
        if word.startswith(("http://", "https://")):
            total += 23
        else:
            total += sum(
                2 if ord(char) > 0x10FF and not 0x2000 <= ord(char) <= 0x2037 else 1 for char in word
            )
    return total + text.count(" ")
