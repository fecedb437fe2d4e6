"""Names that a condition asks for and that nothing has: told where they stand, with those there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engagebot.rulebook.reading import Reading
from engagebot.yamlfile import Node, did_you_mean, listed


def has_reasons(node: Node, reading: Reading) -> bool:
    """Whether the judgement can name each of these reasons; one that it never names is an error."""
    strange = list(_strange(node, reading.known.reasons))
    for each, name, known in strange:
        message = f'"{name}" is not a reason; allowed: {listed(known)}{did_you_mean(name, known)}'
        reading.fail(each, "EB103", message)
    return not strange


def doubt_platforms(node: Node, reading: Reading) -> None:
    """Warn of platforms that nothing came from: no more than that, since programs push under any name."""
    for each, name, known in _strange(node, reading.known.platforms):
        message = (
            f'nothing came from "{name}", and no connector has that name; here are {listed(known)}, and an '
            f"import or a program can bring others{did_you_mean(name, known)}"
        )
        reading.warn(each, "EB187", message)


def doubt_watches(node: Node, reading: Reading) -> None:
    """Warn of watches that the settings do not have: posts may be here that one heard before it went."""
    for each, name, known in _strange(node, reading.known.watches):
        message = (
            f'the settings have no watch "{name}", so it hears nothing; there: {listed(known)}'
            f"{did_you_mean(name, known)}"
        )
        reading.warn(each, "EB188", message)


def _strange(node: Node, known: Iterable[str] | None) -> Iterator[tuple[Node, str, tuple[str, ...]]]:
    if known is None:
        return
    names = tuple(known)
    folded = {name.casefold() for name in names}
    for each in node.content if isinstance(node.content, list) else [node]:
        if str(each.content).casefold() not in folded:
            yield each, str(each.content), names
