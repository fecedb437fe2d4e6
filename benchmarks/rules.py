"""Speed and memory of the rules: decide, load, backtest and count, beside a plain loop over all rules.

    python -m benchmarks.rules               made-up posts
    DATA=posts.jsonl python -m benchmarks.rules

The rules are made up; the set of a thousand has about 3,500 phrases. Times are the process's own CPU seconds
in one thread, so that other programs do not count; each figure is the best of three. A decision keeps what
is stored of it (matches, what limits ask for, the facts that were used), but not the trace. Each thing is
measured in a process of its own, whose peak of memory stands beside it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final

from benchmarks.pipeline import open_site
from benchmarks.texts import service_posts
from engagebot.bootstrap import App, open_app
from engagebot.domain.actions import DraftReply
from engagebot.domain.facts import Facts
from engagebot.domain.rules import Group, Mode, Rulebook, decide
from engagebot.domain.ruling.replay import Past
from engagebot.pipeline import intake, replay
from engagebot.pipeline.replay.allowing import Allowance, wanted_by
from engagebot.pipeline.replay.reading import read
from engagebot.pipeline.triage import TriageContext, triage
from engagebot.pipeline.triage.memory import keep_facts
from engagebot.rulebook import Known, load_rulebook, load_sources

SIZES: Final = (10, 100, 1_000)
_ROUNDS: Final = 3
_DECIDED: Final = 5_000
_PLAIN: Final = 200
_COUNTED: Final = 50_000
_BATCH: Final = 500
_SYLLABLES: Final = (
    "ba", "ce", "di", "fo", "gu", "ha", "ke", "li", "mo", "nu", "pa", "re", "si", "to", "vu", "wa", "ze",
    "chi", "bro", "tra", "ple", "sko",
)  # fmt: skip
_FEELINGS: Final = (
    "sentiment: [negative, very_negative]", "unhappiness: {at_least: 0.5}", "intent: complaint",
    "sentiment: [positive, very_positive]", "intent: [question, bug]",
)  # fmt: skip
_OTHERS: Final = (
    "language: en", "platform: x", "addressed_to_us: true", "customer.contacts_in_30_days: {at_least: 2}",
    "author.followers: {at_least: 1000}", "kind: [post, reply]", "tender_topic: false",
    "time: {weekdays: [mon, tue, wed, thu, fri]}",
)  # fmt: skip
_ACTIONS: Final = (
    "[{escalate: {team: support, severity: high}}]", "[{draft: {template: thanks}}]", "[{tag: [seen]}]",
    "[{tag: [seen, again]}]",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rules")
    parser.add_argument("--posts", type=int, default=100_000, help="how many stored posts (default 100,000)")
    parser.add_argument("--site", type=Path, help="where a site is kept, or left for another run")
    parser.add_argument("--measure", choices=sorted(_MEASURES), help=argparse.SUPPRESS)
    parser.add_argument("--rules", type=int, default=1_000, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.measure is not None:
        print(json.dumps(_measured(options.measure, options.site, options.rules)))
        return
    with tempfile.TemporaryDirectory(prefix="engagebot-bench-") as folder:
        site = options.site or Path(folder) / "site"
        if not (site / "var").exists():
            _fill(site, options.posts)
        _report(site)


def _report(site: Path) -> None:
    least = 0.0
    for size in SIZES:
        found = _run("decide", site, size)
        print(
            f"{size:5} rules, {found['phrases']:5} phrases: {found['rate']:9,.0f} mentions/s, "
            f"plain loop {found['plain_rate']:9,.0f}/s ({found['rate'] / found['plain_rate']:.1f} ×); "
            f"{found['matches']:.2f} matches a mention; peak {found['peak_mib']:.0f} MiB"
        )
        if size == SIZES[0]:
            least = found["rate"]
        else:
            print(f"      a mention costs {least / found['rate']:.2f} × what it costs with {SIZES[0]} rules")
    for name, what in (("load", "load"), ("backtest", "backtest"), ("starter", "backtest")):
        found = _run(name, site, SIZES[-1])
        over = f"{found['mentions']:,} mentions with " if "mentions" in found else ""
        took = f"{found['seconds']:.2f} s; peak {found['peak_mib']:.0f} MiB"
        print(f"{what} {over}{found['rules']:,} rules: {took}")
    found = _run("count", site, SIZES[-1])
    for name, seconds in found["seconds"].items():
        print(f"count {name} over {found['mentions']:,} mentions, read from the file: {seconds:.2f} s")
    print(f"      peak {found['peak_mib']:.0f} MiB; a process that only opens the site: ", end="")
    print(f"{_run('nothing', site, 0)['peak_mib']:.0f} MiB")


def _run(measure: str, site: Path, rules: int) -> Any:
    command = [sys.executable, "-m", "benchmarks.rules", "--measure", measure, "--site", str(site)]
    done = subprocess.run([*command, "--rules", str(rules)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def _measured(name: str, site: Path, rules: int) -> Mapping[str, Any]:
    app = open_app(site, {})
    try:
        found = _MEASURES[name](app, rules)
    finally:
        app.close()
    return {**found, "peak_mib": _peak_mib()}


def _peak_mib() -> float:
    # On Linux ru_maxrss begins at what the parent had when it forked; this line does not.
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _best(work: Callable[[], Any], rounds: int = _ROUNDS) -> float:
    best = float("inf")
    for _ in range(rounds):
        begin = time.process_time()
        work()
        best = min(best, time.process_time() - begin)
    return best


def _decide(app: App, size: int) -> Mapping[str, Any]:
    sources, phrases = made_up_rules(size)
    book = load_sources(sources, known=Known())
    past = _past(app, _DECIDED)
    drafts = {
        rule.id: action.template
        for rule in book.rules
        for action in rule.then
        if isinstance(action, DraftReply)
    }
    rules = {rule.id: rule for rule in book.rules}
    matches = 0

    def decide_all() -> None:
        nonlocal matches
        matches = 0
        allowance = Allowance(rules, app.settings.contact_policy)
        kept = []
        for each in past:
            decision = decide(book, each.facts)
            matches += len(decision.matched)
            limit = None
            for planned in decision.actions:
                if isinstance(planned.action, DraftReply):
                    limit = allowance.exceeded(wanted_by(each, planned.rule_id, drafts[planned.rule_id]))
            kept.append((decision, limit, keep_facts(each.facts)))

    seconds = _best(decide_all)
    few = past[:_PLAIN]
    plain = [_plain(book, each.facts) for each in few]
    if plain != [[*decide(book, each.facts).matched] for each in few]:
        sys.exit("the plain loop and the engine disagree")
    plain_s = _best(lambda: [_plain(book, each.facts) for each in few])
    return {
        "phrases": phrases,
        "rate": len(past) / seconds,
        "plain_rate": len(few) / plain_s,
        "matches": matches / len(past),
    }


def _plain(book: Rulebook, facts: Facts) -> list[str]:
    """Every rule and every condition, one after the other, until one stops."""
    matched = []
    for rule in book.rules:
        if rule.when is not None and _holds(rule.when, facts):
            matched.append(rule.id)
            if rule.stop:
                break
    return matched or [book.default.id]


def _holds(group: Group, facts: Facts) -> bool | None:
    answers = [
        _holds(member, facts) if isinstance(member, Group) else member.ask(facts).result
        for member in group.members
    ]
    wanted = group.mode is Mode.ALL
    if (not wanted) in answers:
        return group.mode is Mode.ANY
    return None if None in answers else group.mode is not Mode.ANY


def _past(app: App, count: int) -> list[Past]:
    with app.store.read() as tx:
        period = replay.period_of(tx, None)
        if period is None:
            sys.exit("the site holds no mention")
        place = replay.Place(app.settings.timezone, app.settings.hours)
        return list(islice(read(tx, period, place), count))


def _load(app: App, size: int) -> Mapping[str, Any]:
    sources, _ = made_up_rules(size)
    return {"rules": size, "seconds": _best(lambda: load_sources(sources, known=Known()))}


def _backtest(app: App, size: int) -> Mapping[str, Any]:
    sources, _ = made_up_rules(size)
    return _replayed(app, load_sources(sources, known=Known()))


def _starter(app: App, _size: int) -> Mapping[str, Any]:
    return _replayed(app, load_rulebook(app.settings.rules_folder, known=app.rules.known))


def _replayed(app: App, book: Rulebook) -> Mapping[str, Any]:
    mentions = 0

    def run() -> None:
        nonlocal mentions
        with app.store.read() as tx:
            mentions = replay.backtest(tx, book, app.settings, days=3650).mentions

    seconds = _best(run, rounds=1)
    return {"rules": len(book.rules), "seconds": seconds, "mentions": mentions}


_ASKED: Final = {
    "text and sentiment": (
        "[{text: {contains_any: [refund, money back]}}, {sentiment: [negative, very_negative]}]"
    ),
    "unhappiness and intent": "[{unhappiness: {at_least: 0.5}}, {intent: complaint}]",
    "contacts of the customer": "[{customer.contacts_in_30_days: {at_least: 2}}, {language: en}]",
}


def _count(app: App, _size: int) -> Mapping[str, Any]:
    place = replay.Place(app.settings.timezone, app.settings.hours)
    seconds, mentions = {}, 0
    for name, conditions in _ASKED.items():
        text = f"- {{id: asked, when: {{all: {conditions}}}, then: [{{tag: [seen]}}]}}\n"
        rule = replay.read_rule(text, known=Known(), lists={}, templates={})

        def run(rule: Any = rule) -> None:
            nonlocal mentions
            with app.store.read() as tx:
                mentions = replay.count_rule(tx, rule, place, newest=_COUNTED).mentions

        seconds[name] = _best(run)
    return {"seconds": seconds, "mentions": mentions}


def _nothing(_app: App, _size: int) -> Mapping[str, Any]:
    return {}


_MEASURES: Final[Mapping[str, Callable[[App, int], Mapping[str, Any]]]] = {
    "decide": _decide,
    "load": _load,
    "backtest": _backtest,
    "starter": _starter,
    "count": _count,
    "nothing": _nothing,
}


def made_up_rules(size: int) -> tuple[dict[str, str], int]:
    """Rule files by name, fifty rules each, and how many phrases they look for; the same for the same size.

    Half of the phrases are made of words that posts do have, most of them two together. Nearly all rules ask
    for text, most for something else beside it; one of a hundred has a pattern, one of fifty stops.
    """
    rng = random.Random(7)
    words = _words_of_posts(rng)
    phrases = 0
    files: dict[str, list[str]] = {}
    for number in range(size):
        conditions = []
        if rng.random() < 0.99:
            terms = [_phrase(rng, words) for _ in range(rng.choice((3, 4)))]
            phrases += len(terms)
            conditions.append(f"text: {{contains_any: [{', '.join(terms)}]}}")
        if number % 100 == 5:
            conditions.append(f"text: {{matches: '\\b{_made_up(rng)}s?\\b'}}")
        conditions += rng.sample(_FEELINGS, rng.choice((0, 1, 1, 2) if conditions else (1, 2)))
        conditions += rng.sample(_OTHERS, rng.choice((0, 0, 1, 2) if conditions else (1,)))
        rule = [
            f"- id: made-up-{number}",
            f"  name: Made-up rule {number}",
            "  when:",
            "    all:",
            *(f"      - {condition}" for condition in conditions),
            f"  then: {_ACTIONS[number % len(_ACTIONS)]}",
        ]
        if number % 50 == 49:
            rule.append("  stop: true")
        if number % len(_ACTIONS) == 1:
            rule.append("  limits: {per_day: 20, per_author: 1/30d}")
        rule += [
            "  tests:",
            "    - {name: not this, mention: {text: nothing of the sort}, expect: {matches: false}}",
        ]
        files.setdefault(f"{number // 50:02}-made-up.yaml", []).append("\n".join(rule))
    sources = {name: "\n".join(rules) + "\n" for name, rules in files.items()}
    sources["99-default.yaml"] = "- {id: rest, default: true, then: [{tag: [seen]}]}\n"
    sources["templates/thanks.md"] = 'Thank you, {{author.name | default("friend")}}!\n'
    return sources, phrases


def _words_of_posts(rng: random.Random) -> list[str]:
    found: set[str] = set()
    for post in service_posts(2_000):
        found |= set(re.findall(r"[a-z]{4,}", post["text"].lower()))
    words = sorted(found)
    rng.shuffle(words)
    return words


def _phrase(rng: random.Random, words: list[str]) -> str:
    if rng.random() < 0.5:
        return " ".join(_made_up(rng) for _ in range(rng.choice((1, 1, 2))))
    first = rng.choice(words)
    return first if rng.random() < 0.05 else f"{first} {rng.choice(words)}"


def _made_up(rng: random.Random) -> str:
    return "".join(rng.choice(_SYLLABLES) for _ in range(rng.randint(3, 5)))


def _fill(site: Path, count: int) -> None:
    """Bring posts in by the pipeline, as history."""
    site.mkdir(parents=True, exist_ok=True)
    app = open_site(site)
    try:
        app.rules.refresh()
        context = intake.RowContext(source="x", now=app.clock.now(), handles=app.settings.brand.handles)
        triaging = TriageContext(store=app.store, clock=app.clock, scorer=app.scorer, settings=app.settings)
        rows = _rows(count)
        while batch := list(islice(rows, _BATCH)):
            heard = [intake.read_row(row, context) for row in batch]
            with app.store.write() as tx:
                intake.accept(tx, heard, at=context.now, is_history=True, manners=app.settings.manners)
            while triage(triaging, app.rules.book).decided:
                pass
    finally:
        app.close()


def _rows(count: int) -> Iterator[dict[str, Any]]:
    data = os.environ.get("DATA")
    if data is None:
        print(f"{count:,} made-up posts")
        yield from service_posts(count)
        return
    content = Path(data).read_bytes()
    rows = [json.loads(line) for line in content.splitlines() if line.strip()]
    checksum = hashlib.sha256(content).hexdigest()
    print(f"{Path(data).name}, {len(rows):,} posts, repeated to {count:,}; sha256 {checksum}")
    for number in range(count):
        row, again = rows[number % len(rows)], number // len(rows)
        # Copies are posted at other times, so that no text is asked about twice in a row.
        posted_at = datetime.fromisoformat(row["posted_at"]) + timedelta(days=30 * again)
        yield {**row, "id": f"{row['id']}-{again}", "posted_at": posted_at.isoformat()}


if __name__ == "__main__":
    main()
