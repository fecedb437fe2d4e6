"""What the pages say of every condition, action, limit and key: the words, and an example that tests run.

`docs/rules.md` is written from this and from the shapes that the loader itself uses.
"""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """One key: what it means (Markdown), and an example as it stands in a rule file.

    `yes` and `no` are made-up mentions, as a test of a rule writes them: the example matches one and not the
    other. `more` are other ways to write it.
    """

    meaning: str
    example: str
    yes: str = ""
    no: str = ""
    more: tuple[str, ...] = ()


CONDITION_ENTRIES: dict[str, Entry] = {
    "text": Entry(
        """What the author wrote, title and text. `contains_any` holds where one of the words or phrases
occurs, `contains_all` where every one does, `matches` where a pattern does; several of these
keys must hold together.

Words are looked for whole, in any case, and through full-width letters, curly apostrophes and
invisible characters; Cyrillic letters that look like Latin ones are other letters. Forms of a
word are words of their own: `refund` does not find "refunds". An emoji or a term with signs
(`c++`, `#fail`) is looked for as it stands. A long list has a file of its own,
`config/lists/NAME.txt`, one term a line, where a line that begins with `# ` is a comment;
`{contains_any: {list: NAME}}` asks for it.

`matches` takes a pattern in RE2's syntax, asked of the text as written, in any case. It cannot
look ahead or behind and cannot refer back to a group. `\\b` works at the pattern's two ends,
for all alphabets. Put patterns into quotes; between double quotes a backslash is written twice.
Texts are read up to 40,000 characters.""",
        '- text: {contains_any: [refund, refunds, "money back"]}',
        '{text: "I want my MONEY  back"}',
        '{text: "Money well spent, I will be back"}',
        (
            "- text: {contains_all: [modem, dead]}",
            "- text: {contains_any: {list: refund_words}}",
            '- text: {matches: "\\\\border #[0-9]+"}',
        ),
    ),
    "sentiment": Entry(
        """The level of feeling, one or several of them. `unknown` is a language that is not scored; unless
it is asked for, such a text decides nothing. The levels stand on the probability of praise less
that of unhappiness; their borders are [settings](settings.md#sentiment).""",
        "- sentiment: [negative, very_negative]",
        '{text: "It broke", sentiment: negative}',
        '{text: "It arrived", sentiment: neutral}',
    ),
    "compound": Entry(
        "VADER's figure, -1 to 1. It knows nothing of service: for unhappy customers ask `unhappiness`.",
        "- compound: {below: -0.4}",
        '{text: "It broke", compound: -0.6}',
        '{text: "It arrived", compound: 0}',
    ),
    "unhappiness": Entry(
        """How likely the author is unhappy, 0 to 1; not known where the language is not scored. Once a
person has said it ([learning](learning.md#deciding-again)), it is 1 or 0.""",
        "- unhappiness: {at_least: 0.7}",
        '{text: "Still waiting", unhappiness: 0.9}',
        '{text: "Still here", unhappiness: 0.2}',
    ),
    "intent": Entry(
        """What the author wants. A text may have several intents; one of them is enough. `complaint`
begins at an unhappiness of 0.5. `praise` takes cheerful words without reasons to doubt them. A
text about another thing of our name (`config/lexicons/other_meanings.txt`) has the intent
`other` alone, and its sentiment and unhappiness are not known.""",
        "- intent: [question, bug]",
        '{text: "Where do I find it?", intent: question}',
        '{text: "I found it", intent: other}',
    ),
    "reason": Entry(
        """What an unhappy author is unhappy about: `late`, `cancelled`, `lost`, `damaged`, `waiting`,
`no_answer`, `staff`, `billing`, `booking`, `product` or `outage`. It is named only where one
stands out, and not known otherwise.""",
        "- reason: [waiting, late]",
        '{text: "Two weeks now", reason: late}',
        '{text: "The box is dented", reason: damaged}',
    ),
    "language": Entry(
        "The language, by its code; `pt` takes `pt-BR` too. Of very short texts it is often not known.",
        "- language: [en, de]",
        '{text: "Where is my parcel?", language: en}',
        '{text: "¿Dónde está mi paquete?", language: es}',
    ),
    "platform": Entry(
        "Where it was said: `x`, `reddit`, or the name that an import gave (`--source`).",
        "- platform: reddit",
        '{text: "Hello", source: reddit}',
        '{text: "Hello", source: x}',
    ),
    "watch": Entry(
        "The watch of `config/engagebot.yaml` that heard it, by its name.",
        "- watch: acme-x-mentions",
        '{text: "Hello", watch: acme-x-mentions}',
        '{text: "Hello", watch: acme-x-talk}',
    ),
    "subreddit": Entry(
        "The community it was said in, with or without `r/`. Not known on platforms without communities.",
        "- subreddit: [acme, gadgets]",
        '{text: "Hello", subreddit: r/Acme}',
        '{text: "Hello", subreddit: kettles}',
    ),
    "kind": Entry(
        "What sort of thing was said.",
        "- kind: [comment, reply]",
        '{text: "Same here", kind: reply}',
        '{text: "Hello", kind: post}',
    ),
    "addressed_to_us": Entry(
        """Whether it speaks to us: it names our handle or answers us. Not known where nobody can tell, and
then neither `true` nor `false` matches.""",
        "- addressed_to_us: true",
        '{text: "@acme hello", addressed_to_us: true}',
        '{text: "Somebody at Acme said hello", addressed_to_us: false}',
    ),
    "author.followers": Entry(
        "How many people follow the author. Platforms without that number leave it not known.",
        "- author.followers: {at_least: 10000}",
        '{text: "Hello", author: {followers: 25000}}',
        '{text: "Hello", author: {followers: 12}}',
    ),
    "author.in_list": Entry(
        """The author's handle stands in `config/lists/staff.txt`, one handle a line, with or without `@`
or `u/`. A deleted account is in no list.""",
        "- author.in_list: staff",
        '{text: "Great day at work", author: {handle: jane_demo}}',
        '{text: "Great day at work", author: {handle: maple_fan_demo}}',
    ),
    "author.account_age": Entry(
        "How long the account has existed.",
        "- author.account_age: {at_least: 30d}",
        '{text: "Hello", author: {account_age: 52w}}',
        '{text: "Hello", author: {account_age: 3d}}',
    ),
    "author.verified": Entry(
        "Whether the platform calls the account verified.",
        "- author.verified: true",
        '{text: "Hello", author: {verified: true}}',
        '{text: "Hello", author: {verified: false}}',
    ),
    "customer.contacts_in_N_days": Entry(
        "How often this person wrote in the last N days (1 to 3650), this time included: the first is 1.",
        "- customer.contacts_in_30_days: {at_least: 2}",
        '{text: "Again", customer: {contacts_in_30_days: 3}}',
        '{text: "Hello", customer: {contacts_in_30_days: 1}}',
    ),
    "customer.open_case": Entry(
        "Whether a case of this person is open.",
        "- customer.open_case: true",
        '{text: "Any news?", customer: {open_case: true}}',
        '{text: "Any news?", customer: {open_case: false}}',
    ),
    "customer.last_outcome": Entry(
        "How this person's last case ended, in the word that was chosen when it was resolved.",
        "- customer.last_outcome: [unresolved, refunded]",
        '{text: "It is me again", customer: {last_outcome: refunded}}',
        '{text: "It is me again", customer: {last_outcome: fixed}}',
    ),
    "customer.vip": Entry(
        "Whether we marked the person as very important.",
        "- customer.vip: true",
        '{text: "Hello", customer: {vip: true}}',
        '{text: "Hello", customer: {vip: false}}',
    ),
    "customer.opted_out": Entry(
        "Whether the person asked us not to write.",
        "- customer.opted_out: false",
        '{text: "Hello", customer: {opted_out: false}}',
        '{text: "Hello", customer: {opted_out: true}}',
    ),
    "engagement.likes": Entry(
        "Likes, when it was read last.",
        "- engagement.likes: {at_least: 100}",
        '{text: "Look at this", likes: 250}',
        '{text: "Look at this", likes: 3}',
    ),
    "engagement.replies": Entry(
        "Replies, when it was read last.",
        "- engagement.replies: {at_least: 20}",
        '{text: "Look at this", replies: 20}',
        '{text: "Look at this", replies: 19}',
    ),
    "engagement.score": Entry(
        "The platform's own score (on Reddit, up minus down).",
        "- engagement.score: {below: 0}",
        '{text: "Look at this", score: -4}',
        '{text: "Look at this", score: 12}',
    ),
    "engagement.growth": Entry(
        """Reactions gained per hour (likes, replies and score together) between the last two readings.

Nothing is read for its sake, since reading costs money. A reading is what comes anyway: a watch that shows a
post again (those of Reddit show the newest 100 at each poll), the [deletion check](deletion.md) where its
platform can be asked (once within `deletion.check_every`), a push (`POST /api/v1/mentions`) of a mention that
is known and an import with `--as-new`. The first one is what a post had when it was
heard. Readings less than 10 minutes apart tell no growth, and fewer than ten reactions are never taken for
more in an hour than they are; without two readings it is not known, and it is not known any more 24 hours
after the later one.

A live rule whose limit it crosses is asked again while the mention is open, once for each crossing: more
readings above the limit ask nobody, and growth that falls back takes nothing from people.""",
        "- engagement.growth: {at_least: 50}",
        '{text: "Look at this", engagement: {growth: 80}}',
        '{text: "Look at this", engagement: {growth: 1.5}}',
    ),
    "mentions_rival": Entry(
        """A rival of `brand.rivals` is named; or one of certain rivals: `mentions_rival: [Shaw]`. Not
known where the language is not scored, as the next two.""",
        "- mentions_rival: true",
        '{text: "Shaw does it better", mentions_rival: [Shaw]}',
        '{text: "You do it best", mentions_rival: []}',
        ("- mentions_rival: [Shaw]",),
    ),
    "tender_topic": Entry(
        """A topic that forbids cheerfulness, such as a death, or a threat: the words of
`config/lexicons/tender.txt`. Which topic it is the judgement does not say, so a rule that asks
for one by name hears "not known".""",
        "- tender_topic: true",
        '{text: "My father passed away", tender_topic: true}',
        '{text: "My father says hello", tender_topic: false}',
    ),
    "asks_for_human": Entry(
        "The author wants a person instead of a machine: the words of `config/lexicons/human.txt`.",
        "- asks_for_human: true",
        '{text: "Let me talk to someone", asks_for_human: true}',
        '{text: "We talked for hours", asks_for_human: false}',
    ),
    "age": Entry(
        """The time since it was posted.

A live rule is asked again once an open mention is as old as it waits for (`at_least`, `above`, the low end
of `between`; beneath `none` the high end), once for each such age, and what it says is carried out without
doubling what is there. What happened while engagebot stood still is made up for. An age that no live rule
waited for before counts from the moment when the rule goes live: mentions that were older by then are not
asked about. Nothing is asked where the words or how they are read rule it out, and to grow too old for a
rule is by itself no reason to ask.""",
        "- age: {at_most: 24h}",
        '{text: "Hello", age: 2h}',
        '{text: "Hello", age: 3d}',
    ),
    "time": Entry(
        """The moment of the decision, on the team's clock (`timezone` in the settings), summer time
included. `business` asks for the `hours` of the settings, holidays and all; `weekdays` for days
by their English names or two with a dash; `between` for a span of the day, which may run over
midnight. Several keys must hold together.""",
        '- time: {weekdays: [mon-fri], between: "09:00-18:00"}',
        '{text: "Hello", at: 2026-03-02T10:00}',
        '{text: "Hello", at: 2026-03-01T10:00}',
        ("- time: {business: false}", '- time: {between: "22:00-06:00"}'),
    ),
    "near_duplicate_of_recent": Entry(
        "Whether it says again what another mention of the last 14 days said ([replies](replies.md#copies)).",
        "- near_duplicate_of_recent: false",
        '{text: "Hello", near_duplicate_of_recent: false}',
        '{text: "Hello", near_duplicate_of_recent: true}',
    ),
}

ACTION_ENTRIES: dict[str, Entry] = {
    "escalate": Entry(
        """Give it to a team as a case. `team` is one of `teams` in the settings; `severity` is `low`,
`medium` (unless you say otherwise), `high` or `urgent`; `assignee` may be left out. It removes
every friendly draft of the same decision, and no limit holds it back: a person who writes again
comes into the case that is open.""",
        "- escalate: {team: support, severity: high, assignee: sam}",
        more=("- escalate: {team: support}",),
    ),
    "draft": Entry(
        """Put a friendly reply into the review queue, filled from `rules/templates/thanks.md`. A rule
drafts one reply at most, and nothing leaves before a person approved it
([templates](#templates)).""",
        "- draft: {template: thanks}",
    ),
    "tag": Entry("Mark it with words of your own, by which it can be found.", "- tag: [refund, repeat]"),
    "assign": Entry("Suggest who should look at the draft or case.", "- assign: sam"),
    "notify": Entry(
        "Tell a channel, without a case: `console`, `slack`, `email:ADDRESS`, `webhook:NAME`.",
        "- notify: console",
        more=("- notify: email:support@example.com",),
    ),
    "ignore": Entry("Leave it alone, and say why.", "- ignore: {reason: a job advert}"),
    "webhook": Entry("Post it to a webhook of the settings.", "- webhook: crm"),
}

LIMIT_ENTRIES: dict[str, Entry] = {
    "per_day": Entry("At most so many in any 24 hours.", "limits: {per_day: 20}"),
    "per_hour": Entry("At most so many in any hour.", "limits: {per_hour: 5}"),
    "per_author": Entry("At most so many to one author in a span.", "limits: {per_author: 1/30d}"),
    "per_thread": Entry("At most so many in one conversation in a span.", "limits: {per_thread: 1/7d}"),
}

RULE_ENTRIES: dict[str, Entry] = {
    "id": Entry(
        """Small letters, digits, `-`, `_`; at most 64. Unique over all files, because limits and history
hang on it: keep it when you rename the rule.""",
        "id: say-thanks",
    ),
    "name": Entry("What people read; the id unless given.", "name: Thank people who praise us"),
    "status": Entry(
        """`live` (unless you say otherwise), `shadow` (asked and counted, does nothing: for trying a rule
out) or `draft` (not asked, only tested).""",
        "status: shadow",
    ),
    "when": Entry(
        "The conditions; required but for the default route, which has none.",
        "when: {all: [{intent: question}]}",
    ),
    "then": Entry("The actions, at least one.", "then: [{tag: [question]}]"),
    "stop": Entry("`true` ends the walk where this rule matches: no later rule is asked.", "stop: true"),
    "default": Entry("`true` for the default route, exactly one over all files.", "default: true"),
    "limits": Entry("How often the rule may draft a reply.", "limits: {per_day: 20, per_author: 1/30d}"),
    "tests": Entry(
        "Mentions and what must happen to them.",
        'tests: [{name: a question, mention: {text: "Where?", intent: question}, expect: {matches: true}}]',
    ),
}

MENTION_ENTRIES: dict[str, Entry] = {
    "text": Entry("What was written; the only key that must be there.", 'text: "Where is my order?"'),
    "title": Entry("The title of a post that has one.", 'title: "Order 123"'),
    "source": Entry(
        "The platform; `x`, or `reddit` where a community is given, unless said.", "source: yelp"
    ),
    "platform": Entry("Another word for `source`.", "platform: reddit"),
    "watch": Entry("The watch that heard it.", "watch: acme-x-mentions"),
    "kind": Entry("`post` unless said.", "kind: comment"),
    "subreddit": Entry("The community.", "subreddit: acme"),
    "community": Entry("Another word for `subreddit`.", "community: acme"),
    "addressed_to_us": Entry("Whether it speaks to us; not known unless said.", "addressed_to_us: true"),
    "author": Entry(
        "`handle`, `followers`, `account_age`, `verified`.", "author: {handle: maple_fan_demo, followers: 12}"
    ),
    "customer": Entry(
        "`contacts_in_N_days`, `open_case`, `last_outcome`, `vip`, `opted_out`.",
        "customer: {contacts_in_30_days: 3, open_case: true}",
    ),
    "engagement": Entry("`likes`, `replies`, `score`, `growth`.", "engagement: {growth: 80}"),
    "likes": Entry("Likes.", "likes: 250"),
    "replies": Entry("Replies.", "replies: 20"),
    "score": Entry("The platform's score.", "score: -4"),
    "sentiment": Entry("The level; scored from the text unless said.", "sentiment: negative"),
    "compound": Entry(
        "VADER's figure. Without a `sentiment` beside it, the level of VADER's paper follows from it "
        "(borders -0.05 and 0.05, strong from -0.6 and 0.6).",
        "compound: -0.5",
    ),
    "unhappiness": Entry("0 to 1; scored from the text unless said.", "unhappiness: 0.8"),
    "intent": Entry("One intent or a list; found in the text unless said.", "intent: question"),
    "intents": Entry("Another word for `intent`.", "intents: [question, billing]"),
    "language": Entry("The code; found in the text unless said.", "language: en"),
    "reason": Entry("What the author is unhappy about.", "reason: late"),
    "mentions_rival": Entry("The rivals that are named.", "mentions_rival: [Shaw]"),
    "tender_topic": Entry("Whether a tender topic is touched.", "tender_topic: true"),
    "asks_for_human": Entry("Whether a person is wanted.", "asks_for_human: true"),
    "near_duplicate_of_recent": Entry(
        "Whether it repeats another mention.", "near_duplicate_of_recent: true"
    ),
    "age": Entry("How long ago it was posted; now unless said.", "age: 3h"),
    "at": Entry(
        "The moment of the decision, on the team's clock; a Monday morning unless said.",
        "at: 2026-03-02T23:00",
    ),
    "business_open": Entry(
        "Whether the team works then; follows from `hours` unless said.", "business_open: false"
    ),
}
