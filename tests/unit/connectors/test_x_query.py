"""What is surely wrong with a query for X is told with its place and its remedy; the rest is left to X."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.x.query import LONGEST_QUERY, query_faults
from tests.emulators.x_posts import XWorld
from tests.emulators.x_search import compile_query

GOOD = [
    "acme",
    '"acme modem"',
    '("acme modem" OR acmewifi) -is:retweet lang:en',
    "#acme OR @acme OR $ACME",
    "from:acme",
    "-from:acme @acme",
    'url:"https://example.com/and/or"',
    "https://example.com/a?b=c:d acme",
    '"salt and pepper" OR "now or never"',
    "acme min_likes:10 has:links",
    "acme mood:angry",
    "(lang:en OR lang:de) acme",
    "((acme))",
    "acme @ 10:30",
    "caf\u00e9 \U0001f600 日本",
    "or-else andromeda ORANGE",
    'retweets_of:acme -"press release"',
]
BAD = [
    ("", 1, "empty", 'such as "acme modem"'),
    (" \n ", 1, "empty", "write what to listen for"),
    ('acme "modem', 6, "never closed", "add the second one"),
    ('acme url:"https://example.com', 10, "never closed", "add the second one"),
    ("(acme OR modem", 1, "never closed", "add the closing one"),
    ("acme) modem", 5, "closes nothing", "delete it"),
    ("acme ( )", 8, "empty", "put a term into them"),
    ("acme -(modem OR wifi)", 6, "terms, not groups", "write -a -b"),
    ("from:@acme", 1, "without @", "write from:acme"),
    ("modem -to:@acme", 7, "without @", "write -to:acme"),
    ("acme min_faves:5", 6, "no min_faves:", "write min_likes:5"),
    ("acme -min_retweets:5", 6, "no min_retweets:", "write -min_reposts:5"),
    ("acme min_likes:many", 6, "no count", "min_likes:10"),
    ("acme since:2026-01-01", 6, "no since:", "lookback"),
    ("acme filter:links", 6, "no filter:", "write has:links"),
    ("acme -filter:replies", 6, "no filter:", "write -is:reply"),
    ("acme exclude:retweets", 6, "no exclude:", "write -is:retweet"),
    ("acme include:nativeretweets", 6, "no include:", "delete it"),
    ("acme near:berlin", 6, "no near:", "delete it"),
    ("from: acme", 1, "has no value", "right behind"),
    ("acme lang:", 6, "has no value", "right behind"),
    ("lang:en", 1, "lang:en cannot stand alone", "beside it"),
    ("has:links OR is:retweet", 1, "has:links cannot stand alone", "beside it"),
    ("-acme lang:en", 1, "-acme cannot stand alone", "beside it"),
    ("(-acme -modem)", 2, "-acme cannot stand alone", "beside it"),
    ("acme AND modem", 6, "no AND", 'quote "AND"'),
    ("acme and modem", 6, "no and", "delete it"),
    ("acme or modem", 6, "OR in capitals", 'or "or"'),
    ("OR acme", 1, "missing", "add it"),
    ("acme OR", 6, "missing", "add it"),
    ("(acme OR) modem", 7, "missing", "delete OR"),
    ("acme OR OR modem", 6, "missing", "delete OR"),
    ("acme " * 103, 513, "has 515 characters and X takes 512", "two watches"),
]


@pytest.mark.parametrize("query", GOOD)
def test_a_query_that_x_takes_or_that_only_x_can_judge_is_let_through(query: str) -> None:
    assert query_faults(query) == []


@pytest.mark.parametrize(("query", "column", "wrong", "remedy"), BAD, ids=[row[0][:30] or "-" for row in BAD])
def test_a_fault_is_told_with_its_column_and_its_remedy(
    query: str, column: int, wrong: str, remedy: str
) -> None:
    said = query_faults(query)[0]
    assert said.startswith(f"column {column}: ")
    assert wrong in said
    assert remedy in said


def test_all_faults_are_told_at_once_in_their_order() -> None:
    said = query_faults("(from:@acme and min_faves:3) OR )")
    assert [re.match(r"column (\d+)", each)[1] for each in said] == ["2", "13", "17", "30", "33"]  # type: ignore[index]


def test_nothing_is_said_of_words_behind_a_quotation_mark_that_stays_open() -> None:
    assert len(query_faults('from:@acme "salt and pepper or (lang:')) == 2


def test_wide_characters_and_emoji_count_two() -> None:
    assert query_faults("日" * 256) == []
    (said,) = query_faults("日" * 257)
    assert said.startswith("column 257: the query has 514 characters")
    assert query_faults("\U0001f600" * 256) == []


def test_a_longer_query_is_for_those_to_whom_x_allows_it() -> None:
    assert query_faults("acme " * 400, 4096) == []
    assert len(query_faults("acme " * 400, 1024)) == 1


def test_a_very_long_query_is_looked_at_quickly_and_shown_shortened() -> None:
    (said,) = query_faults("lang:" + "e" * 400)
    assert len(said) < 200
    assert query_faults("( " * 20_000)[-1].startswith("column 39999")


@given(st.text(alphabet=' \n"()-:@#$aORnd\u00e9\U0001f600日', max_size=60))
def test_no_text_is_too_odd_for_it(query: str) -> None:
    for said in query_faults(query):
        found = re.match(r"column (\d+): \S", said)
        assert found
        assert 1 <= int(found[1]) <= max(1, len(query))


WORDS = st.sampled_from(
    ["acme", "#acme", "@acme", '"acme modem"', "from:acme", "lang:en", "-modem", "min_likes:3"]
)
GROUPS = st.recursive(
    WORDS,
    lambda inner: st.tuples(st.lists(inner, min_size=1, max_size=3), st.sampled_from([" ", " OR "])).map(
        lambda both: f"({both[1].join(both[0])})"
    ),
    max_leaves=8,
)


@given(st.lists(GROUPS, min_size=1, max_size=4))
def test_a_query_by_the_grammar_of_x_has_no_fault(groups: list[str]) -> None:
    query = " ".join(["acme", *groups])
    if len(query) <= LONGEST_QUERY:
        assert query_faults(query) == []
        compile_query(query, XWorld())
