"""`config/communities.yaml`: where engagebot may speak, as values."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from engagebot.domain.replying.routes import CommunityPolicy, Speaking, community_key
from engagebot.errors import FilesInvalid, Finding
from engagebot.settings.configfile import Strict
from engagebot.settings.written import Name
from engagebot.yamlfile import Node, kind_of, nearest, read_text, read_yaml, validate

COMMUNITIES = "config/communities.yaml"


class CommunityModel(Strict):
    source: Name
    community: Annotated[str, Field(min_length=1)]
    reply: Literal["allowed", "by_hand", "never"]
    note: str = ""


class CommunitiesModel(Strict):
    """The file, which is a list, under a name of its own."""

    communities: list[CommunityModel]


def read_communities(
    site: Path, connectors: Collection[str], findings: list[Finding]
) -> tuple[CommunityPolicy, ...]:
    """Read a site's policies for communities; a site without the file has none."""
    path = site / COMMUNITIES
    if not path.exists():
        return ()
    try:
        root = read_yaml(read_text(path, COMMUNITIES), COMMUNITIES)
    except FilesInvalid as error:
        findings += error.findings
        return ()
    if root.content is None:
        return ()
    if not isinstance(root.content, list):
        message = (
            f"must be a list of policies, not {kind_of(root.plain())}; write "
            "- {source: reddit, community: gadgets, reply: by_hand}"
        )
        findings.append(root.finding("EBY13", message))
        return ()
    whole = Node({"communities": root}, root.file, root.line, root.column)
    model, faults = validate(whole, CommunitiesModel)
    findings += faults
    return _policies(model, root, connectors, findings) if model else ()


def _policies(
    model: CommunitiesModel, root: Node, connectors: Collection[str], findings: list[Finding]
) -> tuple[CommunityPolicy, ...]:
    found: dict[tuple[str, str], CommunityPolicy] = {}
    for index, item in enumerate(model.communities):
        node = root.at(index)
        near = nearest(item.source, connectors, cutoff=0.7)
        if item.source not in connectors and near is not None:
            message = f'"{item.source}" is not a connector; did you mean "{near}"?'
            findings.append(node.at("source").finding("EB022", message))
        if not community_key(item.community):
            message = f'"{item.community}" is not the name of a community'
            findings.append(node.at("community").finding("EB021", message))
        policy = CommunityPolicy(
            source=item.source, community=item.community, reply=Speaking(item.reply), note=item.note.strip()
        )
        if policy.key in found:
            message = f'another policy for "{item.community}" of {item.source} stands above; keep one'
            findings.append(node.at("community").finding("EB023", message))
        found[policy.key] = policy
    return tuple(found.values())
