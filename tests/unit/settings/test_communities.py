from pathlib import Path

import pytest

from engagebot.domain.replying.optout import DEFAULT_WORDS
from engagebot.domain.replying.routes import CommunityPolicy, Speaking
from engagebot.errors import FilesInvalid
from engagebot.settings import Settings, load_settings
from engagebot.settings.communityfile import COMMUNITIES

ROOT = Path(__file__).parents[3]
CONFIG = "brand: {name: Acme, handles: {x: '@acme'}}\n"


def load(site: Path, communities: str | None, config: str = CONFIG) -> Settings:
    (site / "config").mkdir(exist_ok=True)
    (site / "config" / "engagebot.yaml").write_text(config, encoding="utf-8")
    if communities is not None:
        (site / COMMUNITIES).write_text(communities, encoding="utf-8")
    return load_settings(site, {}, connectors=("demo", "reddit", "x"))


def faults(site: Path, communities: str) -> list[str]:
    with pytest.raises(FilesInvalid) as caught:
        load(site, communities)
    return str(caught.value).splitlines()


def test_policies_reach_the_settings(tmp_path: Path) -> None:
    written = """\
- {source: reddit, community: gadgets, reply: by_hand, note: sign by name}
- {source: reddit, community: r/Grief, reply: never}
- {source: yelp, community: berlin, reply: allowed}
"""
    found = load(tmp_path, written)

    assert found.communities == (
        CommunityPolicy(source="reddit", community="gadgets", reply=Speaking.BY_HAND, note="sign by name"),
        CommunityPolicy(source="reddit", community="r/Grief", reply=Speaking.NEVER),
        CommunityPolicy(source="yelp", community="berlin", reply=Speaking.ALLOWED),
    )
    assert found.manners.policy("reddit", "grief") == found.communities[1]
    assert found.manners.own_handles == {"x": "acme"}
    assert found.manners.opt_out.words == DEFAULT_WORDS


@pytest.mark.parametrize("written", [None, "", "# nothing yet\n", "[]\n"])
def test_the_file_may_be_missing_or_empty(tmp_path: Path, written: str | None) -> None:
    assert load(tmp_path, written).communities == ()


def test_the_shipped_file_says_nothing_until_somebody_does(tmp_path: Path) -> None:
    shipped = (ROOT / COMMUNITIES).read_text(encoding="utf-8")

    assert load(tmp_path, shipped).communities == ()
    example = "\n".join(line.removeprefix("# ") for line in shipped.splitlines() if line.startswith("# - "))
    assert [policy.reply for policy in load(tmp_path, example).communities] == [
        Speaking.BY_HAND, Speaking.ALLOWED, Speaking.NEVER,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            "reddit: {gadgets: never}",
            "config/communities.yaml:1:1 EBY13 must be a list of policies, not a mapping (key: value); "
            "write - {source: reddit, community: gadgets, reply: by_hand}",
        ),
        (
            "- {source: reddit, community: gadgets, reply: neverr}",
            '"never"?',
        ),
        (
            "- {source: reddit, comunity: gadgets, reply: never}",
            'config/communities.yaml:1:20 EBY11 unknown key "comunity"; '
            'allowed here: source, community, reply, note; did you mean "community"?',
        ),
        (
            "- {source: reddit, reply: never}",
            'config/communities.yaml:1:3 EBY12 the key "community" is missing',
        ),
        (
            "- {source: redit, community: gadgets, reply: never}",
            'config/communities.yaml:1:12 EB022 "redit" is not a connector; did you mean "reddit"?',
        ),
        (
            "- {source: reddit, community: gadgets, reply: never}\n"
            "- {source: reddit, community: /r/Gadgets, reply: allowed}",
            'yaml:2:31 EB023 another policy for "/r/Gadgets" of reddit stands above; keep one',
        ),
        (
            "- {source: reddit, community: r/, reply: never}",
            'config/communities.yaml:1:31 EB021 "r/" is not the name of a community',
        ),
        ("- [1]\n- x: {", "config/communities.yaml:3:1 EBY01"),
    ],
)
def test_faults_are_told_with_their_place(tmp_path: Path, written: str, said: str) -> None:
    told = faults(tmp_path, written)

    assert any(said in line for line in told), told


def test_faults_of_both_files_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(FilesInvalid) as caught:
        load(tmp_path, "- {source: reddit}", config="brand: {}\n")

    assert {finding.file for finding in caught.value.findings} == {
        "config/engagebot.yaml",
        "config/communities.yaml",
    }
