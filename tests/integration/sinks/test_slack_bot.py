"""A case is one message in Slack: posted, changed in place, posted anew where it is gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engagebot.domain.outbox import CASE_OPEN, CASE_UNANSWERED, CaseState, Severity
from engagebot.domain.telling.cards import DEEDS, CaseCard
from engagebot.errors import DeliveryFailed
from engagebot.ports import ChecksChannel, KeepsMessages, Notice
from engagebot.sinks import slack_bot
from tests.emulators.faults import Fault
from tests.emulators.slack import SlackEmulator
from tests.emulators.slack.server import BOT_TOKEN
from tests.unit.sinks.notices import SENT_AT, StillClock, make_notice

CARD = CaseCard(
    case_id=17,
    state=CaseState.NEW,
    severity=Severity.HIGH,
    feeling="very unhappy",
    who="@maple_fan_demo",
    where="Reddit r/acme_demo",
    quote="Third time. <!channel> The modem is dead again.",
    contacts=3,
    why="Very negative: “dead again”",
    team="support",
    at=SENT_AT,
    url="http://127.0.0.1:8000/cases/17",
    due_at=SENT_AT + timedelta(minutes=27),
    due="Tue 14:27 CEST (in 27 min)",
    post_url="https://reddit.example/1",
    deeds=DEEDS[CaseState.NEW],
)


@pytest.fixture
def slack() -> Iterator[SlackEmulator]:
    with SlackEmulator() as emulator:
        yield emulator


def open_sink(slack: SlackEmulator, place: str = "#care", token: str = BOT_TOKEN) -> slack_bot.SlackBotSink:
    return slack_bot.open_sink(token, place, StillClock(), base_url=slack.api_url)


def news(**over: Any) -> Notice:
    return replace(make_notice(), card=replace(CARD, **over))


def blocks(body: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = body["attachments"][0]["blocks"]
    return found


def test_the_message_reads_in_the_order_that_people_need(slack: SlackEmulator) -> None:
    reference = open_sink(slack).put(news(), None)

    (message,) = slack.care.shown
    assert reference == {"channel": "C0CARE", "ts": message.ts}
    assert message.body["text"] == "[High] 3rd contact, new: @maple_fan_demo, due Tue 14:27 CEST"
    head, facts, due, buttons, footer = blocks(message.body)
    assert head["text"]["text"] == "High, very unhappy · NEW"
    assert facts["text"]["type"] == "plain_text"
    assert facts["text"]["text"].splitlines() == [
        "@maple_fan_demo · Reddit r/acme_demo",
        "“Third time. <!channel> The modem is dead again.”",
        "3rd contact",
        "Why you: Very negative: “dead again”",
        "Team support, nobody has it yet",
    ]
    assert due["text"]["text"].startswith("*Reply due Tue 14:27 CEST*, <!date^")
    assert due["text"]["text"].endswith("^{ago}|in 27 min>")
    labels = [(each.get("text") or each["placeholder"])["text"] for each in buttons["elements"]]
    assert labels == ["Acknowledge", "Assign to me", "Snooze", "Resolve", "Write a reply"]
    assert buttons["elements"][-1]["url"] == "http://127.0.0.1:8000/cases/17?do=reply"
    assert "<http://127.0.0.1:8000/cases/17|Open in engagebot>" in footer["elements"][0]["text"]


@pytest.mark.parametrize("state", list(CaseState))
@pytest.mark.parametrize("holder", [None, "kim_<b>_demo"])
def test_what_the_first_buttons_mean_stands_below_them_while_people_are_rung(
    slack: SlackEmulator, state: CaseState, holder: str | None
) -> None:
    open_sink(slack).put(news(state=state, deeds=DEEDS[state], holder=holder), None)

    *meaning, links = blocks(slack.care.shown[0].body)[-1]["elements"][0]["text"].splitlines()
    assert links.endswith("case 17")
    if state not in CASE_UNANSWERED:
        assert meaning == []
    elif holder:
        stays = "it stays with kim_&lt;b&gt;_demo, and nobody else is rung."
        assert meaning == [f"*Acknowledge*: you look after it, {stays}"]
    else:
        assert meaning == [
            "*Acknowledge*: you look after it, it becomes yours, and nobody else is rung. "
            "*Assign to me*: yours as well, but the others are still rung."
        ]


def test_whom_they_may_leave_for_stands_in_the_title_and_beside_the_count(slack: SlackEmulator) -> None:
    open_sink(slack).put(news(leaves="may leave for Shaw"), None)
    (message,) = slack.care.shown
    title = "[High] 3rd contact, may leave for Shaw, new: @maple_fan_demo, due Tue 14:27 CEST"
    assert message.body["text"] == title
    assert "3rd contact, may leave for Shaw" in blocks(message.body)[1]["text"]["text"].splitlines()


def test_what_they_say_of_earlier_contacts_stands_beside_the_count(slack: SlackEmulator) -> None:
    open_sink(slack).put(news(asked="says they asked twice"), None)
    (message,) = slack.care.shown
    assert message.body["text"].startswith("[High] 3rd contact, says they asked twice, new: ")
    assert "3rd contact, says they asked twice" in blocks(message.body)[1]["text"]["text"].splitlines()


@pytest.mark.parametrize("state", list(CaseState))
def test_each_state_has_its_word_and_its_buttons_and_slack_takes_it(
    slack: SlackEmulator, state: CaseState
) -> None:
    sink = open_sink(slack)
    reference = sink.put(news(), None)
    since = f"{state}, by agent_demo at 14:02"
    again = sink.put(news(state=state, deeds=DEEDS[state], holder="agent_demo", since=since), reference)

    (message,) = slack.care.shown
    assert again == reference
    assert state.value.upper() in blocks(message.body)[0]["text"]["text"]
    assert f", {state}: " in message.body["text"]
    actions = [each["action_id"] for each in blocks(message.body)[-2]["elements"]]
    expected = [f"engagebot.{deed}" for deed in DEEDS[state] if deed != "take"]
    assert actions == [*expected, *(["engagebot.open"] if state in CASE_OPEN else [])]


def test_what_is_long_is_cut_and_says_where_the_rest_is(slack: SlackEmulator) -> None:
    open_sink(slack).put(news(why="w" * 9000, who="n" * 900), None)

    body = slack.care.shown[0].body
    assert body["text"].endswith("… full text in engagebot")
    assert blocks(body)[1]["text"]["text"].endswith("… full text in engagebot")


def test_a_message_that_is_gone_is_posted_anew(slack: SlackEmulator) -> None:
    sink = open_sink(slack)
    first = sink.put(news(), None)
    slack.care.messages.clear()

    second = sink.put(news(contacts=4), first)
    assert second != first
    assert [message.ts for message in slack.care.shown] == [second["ts"]]


def test_news_goes_below_the_message(slack: SlackEmulator) -> None:
    sink = open_sink(slack, "C0CARE")
    reference = sink.put(news(), None)
    sink.add(make_notice(), reference, is_loud=False)

    assert len(slack.care.shown) == 1
    (reply,) = slack.care.thread(str(reference["ts"]))
    assert reply.body["text"] == make_notice().title


def test_those_of_this_workspace_are_rung_and_words_ring_nobody(slack: SlackEmulator) -> None:
    sink = open_sink(slack, "C0CARE")
    reference = sink.put(news(), None)
    people = ("T0DEMO:U0AGENT", "T0OTHER:U0AWAY", "T0DEMO:W0KIM", "T0DEMO:U1|x> <!channel")
    notice = replace(make_notice(), text="<@U0WORDS> <!here>", title="<@U0TITLE>")
    sink.add(replace(notice, people=people), reference)
    sink.add(replace(notice, people=("T0OTHER:U0AWAY",)), reference)

    rung, plain = slack.care.thread(str(reference["ts"]))
    assert rung.body["blocks"][1]["text"] == {"type": "mrkdwn", "text": "<@U0AGENT> <@W0KIM>"}
    words = [each["text"] for each in (*plain.body["blocks"], rung.body["blocks"][2]) if "text" in each]
    assert {each["type"] for each in words} == {"plain_text"}
    assert len(plain.body["blocks"]) == len(rung.body["blocks"]) - 1
    assert rung.body["text"] == "&lt;@U0TITLE&gt;"


@pytest.mark.parametrize(
    ("place", "token", "said", "flags"),
    [
        ("#nowhere", BOT_TOKEN, "channel_not_found", (False, True, False)),
        ("#care", "xoxb-other-sesame", "invalid_auth", (True, True, True)),
    ],
)
def test_refusals_say_what_to_mend(
    slack: SlackEmulator, place: str, token: str, said: str, flags: tuple[bool, bool, bool]
) -> None:
    with pytest.raises(DeliveryFailed, match=said) as raised:
        open_sink(slack, place, token).deliver(make_notice())
    error = raised.value
    assert (error.is_permanent, error.is_general, error.is_gone) == flags
    assert "sesame" not in str(error)


def test_a_spent_minute_is_waited_for(slack: SlackEmulator) -> None:
    slack.burst = 1
    sink = open_sink(slack)
    sink.deliver(make_notice())
    with pytest.raises(DeliveryFailed, match="ratelimited") as raised:
        sink.deliver(make_notice())
    assert (raised.value.retry_after, raised.value.is_general) == (timedelta(seconds=1), True)


@pytest.mark.parametrize("fault", [Fault.html_503(), Fault.cut_after()])
def test_a_slack_that_is_away_may_be_tried_again(slack: SlackEmulator, fault: Fault) -> None:
    slack.fault(fault)
    with pytest.raises(DeliveryFailed) as raised:
        open_sink(slack).put(news(), None)
    assert not raised.value.is_permanent


def test_the_check_names_each_scope_that_is_missing_and_disturbs_nobody(slack: SlackEmulator) -> None:
    sink = open_sink(slack)
    assert isinstance(sink, KeepsMessages)
    assert isinstance(sink, ChecksChannel)
    assert "engagebot in Acme demo may write" in sink.check()
    slack.scopes = {"users:read"}
    with pytest.raises(DeliveryFailed, match=r"lacks the scope chat:write \(posts"):
        sink.check()
    assert slack.care.messages == {}
