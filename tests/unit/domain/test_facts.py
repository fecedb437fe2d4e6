"""Facts hold what is known, and survive being kept beside a decision."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from engagebot.domain.facts import VOICE, CustomerFacts, Facts, facts_of
from engagebot.domain.judgement import Intent, Judgement, Sentiment
from engagebot.domain.mention import Author, Engagement, Kind, Mention, MentionRef, MentionState
from engagebot.domain.records import MentionRecord
from engagebot.pipeline.triage import restore_facts
from engagebot.pipeline.triage.memory import keep_facts
from tests.factories import API, make_mention
from tests.fakes import NOON

MAYBE = st.none() | st.booleans()
TIMES = st.integers(1_420_070_400, 1_893_456_000).map(lambda second: datetime.fromtimestamp(second, UTC))
WORDS = st.none() | st.text(max_size=8)
MENTIONS = st.builds(
    Mention,
    ref=st.builds(MentionRef, st.just("fake"), st.text(min_size=1, max_size=5)),
    kind=st.sampled_from(list(Kind)),
    text=st.text(max_size=20),
    posted_at=TIMES,
    author=st.none()
    | st.builds(
        Author,
        handle=st.text(max_size=5),
        followers=st.none() | st.integers(0, 10**9),
        created_at=st.none() | TIMES,
        is_verified=MAYBE,
    ),
    title=WORDS,
    lang=WORDS,
    community=WORDS,
    addressed_to_us=MAYBE,
    engagement=st.builds(Engagement, likes=st.none() | st.integers(), score=st.none() | st.integers()),
    platform=st.just({}),
)
JUDGEMENTS = st.none() | st.builds(
    Judgement,
    compound=st.floats(-1, 1),
    sentiment=st.sampled_from(list(Sentiment)),
    version=st.just("v"),
    unhappiness=st.none() | st.floats(0, 1),
    intents=st.lists(st.sampled_from(list(Intent)), unique=True).map(tuple),
    language=st.none() | st.sampled_from(["en", "de"]),
    reason=st.none() | st.sampled_from(["late", "staff"]),
    is_tender=MAYBE,
    asks_for_human=MAYBE,
    is_other_meaning=MAYBE,
    rivals=st.none() | st.lists(st.sampled_from(["Birchco", "Norda"]), unique=True).map(tuple),
)
CUSTOMERS = st.builds(
    CustomerFacts,
    contact_ages_days=st.lists(st.floats(0, 366), max_size=5).map(lambda ages: tuple(sorted(ages))),
    has_open_case=MAYBE,
    last_outcome=st.none() | st.text(min_size=1, max_size=9),
    is_vip=MAYBE,
    is_opted_out=MAYBE,
)


def stored(mention: Mention, watch: str | None) -> MentionRecord:
    return MentionRecord(
        id=1,
        mention=mention,
        fetched_at=NOON,
        state=MentionState.DECIDED,
        is_history=False,
        reply_route=API,
        watch=watch,
    )


@given(MENTIONS, JUDGEMENTS, CUSTOMERS, TIMES, MAYBE, WORDS)
def test_kept_facts_come_back_equal_in_every_field(
    mention: Mention,
    judgement: Judgement | None,
    customer: CustomerFacts,
    now: datetime,
    business_open: bool | None,
    watch: str | None,
) -> None:
    local = now.astimezone(ZoneInfo("Europe/Berlin"))
    asked = facts_of(
        mention, judgement, now=local, watch=watch, customer=customer, business_open=business_open
    )
    again = restore_facts(stored(mention, watch), json.loads(json.dumps(keep_facts(asked))))
    for name in Facts._fields:
        if name != "now":
            assert getattr(again, name) == getattr(asked, name), name
    # As written: in the hour that clocks repeat, Python calls times of different zone objects unequal.
    assert again.now.isoformat() == asked.now.isoformat()


def test_facts_of_later_judgements_come_back_too() -> None:
    asked = facts_of(make_mention(), None, now=NOON)._replace(
        extra={**VOICE, "reason": ["late"], "tender_topic": None}
    )
    again = restore_facts(stored(make_mention(), None), json.loads(json.dumps(keep_facts(asked))))
    assert again == asked


def test_what_the_scorer_does_not_say_the_platform_may() -> None:
    mention = make_mention(lang="de")
    judgement = Judgement(compound=0.0, sentiment=Sentiment.UNKNOWN, version="v")
    assert facts_of(mention, judgement, now=NOON).language == "de"
    assert facts_of(mention, judgement._replace(language="en"), now=NOON).language == "en"
    assert facts_of(mention, None, now=NOON).intents is None
    assert facts_of(mention, judgement, now=NOON).intents is None


def test_what_only_the_judgement_knows_can_be_asked() -> None:
    judgement = Judgement(
        compound=0.1, sentiment=Sentiment.NEGATIVE, version="v", reason="late", is_tender=False,
        asks_for_human=True, is_other_meaning=False, rivals=(),
    )  # fmt: skip
    assert facts_of(make_mention(), judgement, now=NOON).extra == {
        **VOICE,
        "reason": "late",
        "tender_topic": False,
        "asks_for_human": True,
        "other_meaning": False,
        "mentions_rival": [],
    }


def test_of_a_language_that_is_not_scored_no_feeling_is_known() -> None:
    judgement = Judgement(compound=0.0, sentiment=Sentiment.UNKNOWN, version="v", language="fi")
    found = facts_of(make_mention(), judgement, now=NOON)
    assert (found.sentiment, found.unhappiness, found.intents) == (Sentiment.UNKNOWN, None, None)
    assert found.extra == VOICE


def test_another_thing_of_our_name_says_nothing_of_us() -> None:
    judgement = Judgement(
        compound=0.8, sentiment=Sentiment.VERY_POSITIVE, version="v", unhappiness=0.1,
        intents=(Intent.PRAISE,), is_tender=True, is_other_meaning=True,
    )  # fmt: skip
    found = facts_of(make_mention(), judgement, now=NOON)
    assert (found.sentiment, found.unhappiness, found.intents) == (None, None, ("other",))
    assert found.extra["tender_topic"] is True


def test_nobody_is_known_by_nothing() -> None:
    found = facts_of(make_mention(author=None), None, now=NOON)
    assert (found.author_handle, found.author_followers, found.author_is_verified) == (None, None, None)


def test_contacts_are_counted_back_from_this_one() -> None:
    customer = CustomerFacts(contact_ages_days=(0.0, 0.5, 29.9, 30.0, 30.1))
    assert [customer.contacts_in(days) for days in (1, 29, 30, 31)] == [2, 2, 4, 5]
    assert CustomerFacts().contacts_in(30) == 1


def test_a_title_belongs_to_the_words() -> None:
    assert make_mention(title="Dead", text="again").words == "Dead\nagain"
    assert make_mention(title="", text="again").words == "again"
    assert facts_of(make_mention(title="Dead"), None, now=NOON + timedelta(1)).text.startswith("Dead\n")
