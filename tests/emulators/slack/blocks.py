"""What Slack takes for a message, by docs.slack.dev/reference/block-kit: kinds, keys, lengths and counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

MOST_BLOCKS = 50
MOST_ATTACHMENTS = 100
MOST_CHARS = 40_000
_Faults = Iterator[str]
_Check = Callable[[Mapping[str, Any], str], _Faults]


def faults_of(message: Mapping[str, Any]) -> tuple[str, list[str]] | None:
    """The word by which Slack would refuse a message, with what is wrong where; `None` where it takes it."""
    attachments = message.get("attachments") or []
    if not (message.get("text") or message.get("blocks") or attachments):
        return "no_text", []
    if len(message.get("text") or "") > MOST_CHARS:
        return "msg_too_long", []
    if len(attachments) > MOST_ATTACHMENTS:
        return "too_many_attachments", []
    found = list(_blocks(message.get("blocks") or [], "/blocks"))
    for place, attachment in enumerate(attachments):
        found += unknown_keys(attachment, {"color", "blocks", "fallback"}, f"/attachments/{place}")
        found += _blocks(attachment.get("blocks") or [], f"/attachments/{place}/blocks")
    return ("invalid_blocks", found) if found else None


def elements_of(message: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """What can be pressed in a message, by action id."""
    groups = [message.get("blocks") or []]
    groups += [each.get("blocks") or [] for each in message.get("attachments") or []]
    return {
        element["action_id"]: {**element, "block_id": block.get("block_id", "")}
        for blocks in groups
        for block in blocks
        for element in block.get("elements", ())
        if "action_id" in element
    }


def blocks_of_view(blocks: list[dict[str, Any]]) -> _Faults:
    """What is wrong with the blocks of a modal: twice as many as in a message, and inputs."""
    yield from _blocks(blocks, "/view/blocks", most=2 * MOST_BLOCKS, kinds={**_KINDS, "input": _input})


def _blocks(
    blocks: list[dict[str, Any]],
    at: str,
    *,
    most: int = MOST_BLOCKS,
    kinds: Mapping[str, _Check] | None = None,
) -> _Faults:
    if len(blocks) > most:
        yield f"no more than {most} items allowed [json-pointer:{at}]"
    seen: set[str] = set()
    for place, block in enumerate(blocks):
        here = f"{at}/{place}"
        check = (kinds or _KINDS).get(block.get("type", ""))
        if check is None:
            yield f"unsupported type: {block.get('type')} [json-pointer:{here}/type]"
            continue
        block_id = block.get("block_id")
        if block_id is not None:
            yield from _text_length(block_id, 255, f"{here}/block_id")
            if block_id in seen:
                yield f"block_id already exists [json-pointer:{here}/block_id]"
            seen.add(block_id)
        yield from check(block, here)


def _header(block: Mapping[str, Any], at: str) -> _Faults:
    yield from unknown_keys(block, {"type", "block_id", "text"}, at)
    yield from faults_of_text(block.get("text"), 150, f"{at}/text", kinds=("plain_text",))


def _section(block: Mapping[str, Any], at: str) -> _Faults:
    yield from unknown_keys(block, {"type", "block_id", "text", "fields", "expand"}, at)
    if "text" not in block and "fields" not in block:
        yield f"missing required field: text or fields [json-pointer:{at}]"
    if "text" in block:
        yield from faults_of_text(block["text"], 3000, f"{at}/text")
    yield from _count(block.get("fields", [None]), 10, f"{at}/fields")
    for place, each in enumerate(block.get("fields", ())):
        yield from faults_of_text(each, 2000, f"{at}/fields/{place}")


def _context(block: Mapping[str, Any], at: str) -> _Faults:
    yield from unknown_keys(block, {"type", "block_id", "elements"}, at)
    yield from _count(block.get("elements", []), 10, f"{at}/elements")
    for place, each in enumerate(block.get("elements", ())):
        yield from faults_of_text(each, 2000, f"{at}/elements/{place}")


def _divider(block: Mapping[str, Any], at: str) -> _Faults:
    yield from unknown_keys(block, {"type", "block_id"}, at)


def _actions(block: Mapping[str, Any], at: str) -> _Faults:
    yield from unknown_keys(block, {"type", "block_id", "elements"}, at)
    yield from _count(block.get("elements", []), 25, f"{at}/elements")
    seen: set[str] = set()
    for place, each in enumerate(block.get("elements", ())):
        here = f"{at}/elements/{place}"
        if each.get("action_id") in seen:
            yield f"action_id already exists [json-pointer:{here}/action_id]"
        seen.add(each.get("action_id", ""))
        check = {"button": _button, "static_select": _select}.get(each.get("type", ""))
        if check is None:
            yield f"unsupported type: {each.get('type')} [json-pointer:{here}/type]"
        else:
            yield from check(each, here)


def _button(each: Mapping[str, Any], at: str) -> _Faults:
    known = {"type", "text", "action_id", "value", "url", "style", "confirm", "accessibility_label"}
    yield from unknown_keys(each, known, at)
    yield from faults_of_text(each.get("text"), 75, f"{at}/text", kinds=("plain_text",))
    yield from _text_length(each.get("action_id", "-"), 255, f"{at}/action_id")
    yield from _text_length(each.get("value", "-"), 2000, f"{at}/value")
    yield from _text_length(each.get("url", "-"), 3000, f"{at}/url")
    yield from _text_length(each.get("accessibility_label", "-"), 75, f"{at}/accessibility_label")
    if each.get("style", "primary") not in {"primary", "danger"}:
        yield f"unsupported style [json-pointer:{at}/style]"


def _select(each: Mapping[str, Any], at: str) -> _Faults:
    yield from unknown_keys(each, {"type", "action_id", "placeholder", "options", "initial_option"}, at)
    yield from _text_length(each.get("action_id", "-"), 255, f"{at}/action_id")
    yield from faults_of_text(each.get("placeholder"), 150, f"{at}/placeholder", kinds=("plain_text",))
    yield from _count(each.get("options", []), 100, f"{at}/options")
    for place, option in enumerate(each.get("options", ())):
        here = f"{at}/options/{place}"
        yield from unknown_keys(option, {"text", "value", "description"}, here)
        yield from faults_of_text(option.get("text"), 75, f"{here}/text", kinds=("plain_text",))
        if "description" in option:
            yield from faults_of_text(option["description"], 75, f"{here}/description", kinds=("plain_text",))
        yield from _text_length(option.get("value", ""), 150, f"{here}/value")


def _input(block: Mapping[str, Any], at: str) -> _Faults:
    known = {"type", "block_id", "label", "element", "optional", "hint", "dispatch_action"}
    yield from unknown_keys(block, known, at)
    yield from faults_of_text(block.get("label"), 2000, f"{at}/label", kinds=("plain_text",))
    element = block.get("element") or {}
    check = {"plain_text_input": _typed, "static_select": _select}.get(element.get("type", ""))
    if check is None:
        yield f"unsupported type: {element.get('type')} [json-pointer:{at}/element/type]"
    else:
        yield from check(element, f"{at}/element")


def _typed(each: Mapping[str, Any], at: str) -> _Faults:
    known = {"type", "action_id", "placeholder", "multiline", "min_length", "max_length", "initial_value"}
    yield from unknown_keys(each, known, at)
    yield from _text_length(each.get("action_id", "-"), 255, f"{at}/action_id")
    if not 0 < each.get("max_length", 1) <= 3000:
        yield f"must be 1 to 3000 [json-pointer:{at}/max_length]"


def faults_of_text(
    text: object, most: int, at: str, *, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")
) -> _Faults:
    """What is wrong with a text object of at most so many characters."""
    if not isinstance(text, Mapping):
        yield f"missing required field: text [json-pointer:{at}]"
        return
    if text.get("type") not in kinds:
        yield f"must be one of {kinds} [json-pointer:{at}/type]"
    extra = "emoji" if text.get("type") == "plain_text" else "verbatim"
    yield from unknown_keys(text, {"type", "text", extra}, at)
    yield from _text_length(text.get("text", ""), most, f"{at}/text")


def _text_length(text: str, most: int, at: str) -> _Faults:
    if not text:
        yield f"must be more than 0 characters [json-pointer:{at}]"
    if len(text) > most:
        yield f"must be less than {most + 1} characters [json-pointer:{at}]"


def _count(items: list[Any], most: int, at: str) -> _Faults:
    if not 0 < len(items) <= most:
        yield f"must have 1 to {most} items, has {len(items)} [json-pointer:{at}]"


def unknown_keys(thing: Mapping[str, Any], known: set[str], at: str) -> _Faults:
    """What stands in a thing that Slack knows nothing of."""
    for key in sorted(thing.keys() - known):
        yield f"unexpected property: {key} [json-pointer:{at}]"


_KINDS: Mapping[str, _Check] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "divider": _divider,
    "actions": _actions,
}
