"""A file's values held against a pydantic model, each error at its own line and column."""

from __future__ import annotations

import types
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from engagebot.errors import Finding
from engagebot.yamlfile.nodes import Node
from engagebot.yamlfile.wording import did_you_mean, kind_of, listed

Loc = Sequence[str | int]
_M = TypeVar("_M", bound=BaseModel)


def validate(node: Node, model: type[_M]) -> tuple[_M | None, list[Finding]]:
    """Hold a value against a pydantic model; each error becomes a finding at its own line and column.

    A validator of the model raises `PydanticCustomError(code, message)` to name its own code (`EB…`).
    """
    value = node.plain()
    try:
        return model.model_validate({} if value is None else value, strict=True), []
    except ValidationError as error:
        details = error.errors(include_url=False)
        return None, sorted({_finding(node, model, detail) for detail in details})


_EXPECTED = {
    "string_type": "text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "list_type": "a list",
    "dict_type": "a mapping (key: value)",
    "model_type": "a mapping (key: value)",
    "model_attributes_type": "a mapping (key: value)",
}


def _finding(root: Node, model: type[BaseModel], detail: Any) -> Finding:
    loc: tuple[str | int, ...] = tuple(step for step in detail["loc"] if step != "[key]")
    kind, context = str(detail["type"]), detail.get("ctx", {})
    holder, last = root.at(*loc[:-1]), loc[-1] if loc else None
    name = str(last) if last is not None else ""
    if kind == "extra_forbidden":
        allowed = _allowed_keys(model, loc[:-1])
        message = f'unknown key "{name}"; allowed here: {listed(allowed)}{did_you_mean(name, allowed)}'
        return holder.finding("EBY11", message, key=name)
    if kind == "missing":
        gap = holder.gap(name, _allowed_keys(model, loc[:-1]))
        return gap.finding("EBY12", f'the key "{name}" is missing here')
    place = root.at(*loc)
    if kind.startswith("EB"):
        is_key = "[key]" in detail["loc"]
        return holder.finding(kind, detail["msg"], key=name) if is_key else place.finding(kind, detail["msg"])
    subject = _subject(loc)
    if kind in _EXPECTED:
        message = f"{subject} must be {_EXPECTED[kind]}, not {kind_of(detail['input'])}"
        return place.finding("EBY13", message)
    if kind == "literal_error":
        allowed = tuple(_options(model, loc))
        value = detail["input"]
        near = did_you_mean(value, allowed)
        message = f"{subject} must be one of: {listed(allowed)}; it is {kind_of(value)}{near}"
        return place.finding("EBY14", message)
    reason = str(context.get("error", "") or detail["msg"])
    return place.finding("EBY15", f"{subject}: {reason}")


def _subject(loc: Loc) -> str:
    names = [step for step in loc if isinstance(step, str)]
    return f'"{".".join(names)}"' if names else "this"


def _annotation(model: Any, loc: Loc) -> Any:
    """The type that stands at a path of a model, followed through options, lists and mappings."""
    current = _bare(model)
    for step in loc:
        origin, args = get_origin(current), get_args(current)
        if isinstance(current, type) and issubclass(current, BaseModel):
            fields = {info.alias or key: info for key, info in current.model_fields.items()}
            info = fields.get(str(step))
            current = _bare(info.annotation) if info else None
        elif origin in (list, dict) and args:
            current = _bare(args[-1])
        else:
            return None
    return current


def _bare(annotation: Any) -> Any:
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return _bare(next(arg for arg in get_args(annotation) if arg is not type(None)))
    return annotation


def _allowed_keys(model: type[BaseModel], loc: Loc) -> tuple[str, ...]:
    found = _annotation(model, loc)
    if isinstance(found, type) and issubclass(found, BaseModel):
        return tuple(info.alias or key for key, info in found.model_fields.items())
    return ()


def _options(model: type[BaseModel], loc: Loc) -> Iterator[str]:
    for option in get_args(_annotation(model, loc)):
        yield str(option)
