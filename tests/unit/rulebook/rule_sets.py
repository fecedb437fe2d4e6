"""Rule sets for tests: texts by name, and what the site knows."""

from pathlib import Path

from engagebot.domain.judgement import Intent, Judgement, Sentiment
from engagebot.domain.rules import Rulebook
from engagebot.errors import Finding
from engagebot.ports import Scorer
from engagebot.rulebook import Known, check_sources

BAD = Path(__file__).parents[2] / "data" / "rules"
KNOWN = Known(teams=("support", "billing"), channels=("console",), webhooks=("crm",))
DEFAULT = "- {id: default, default: true, then: [{ignore: {reason: nothing to do}}]}\n"
BESIDE = {
    "templates/thanks.md": 'Thank you, {{author.name | default("there")}}!\n',
    "lists/staff.txt": "# our own people\n@jane_demo\nu/joe_demo\n",
    "lists/refund_words.txt": "refund\nmoney back\n",
    "lists/empty.txt": "# nothing yet\n",
}


class WordScorer(Scorer):
    """Finds a text negative when it says bad, positive when it says good."""

    version = "words"

    def judge(self, text: str, *, lang: str | None = None) -> Judgement:
        compound = 0.8 if "good" in text else -0.8 if "bad" in text else 0.0
        level = {0.8: Sentiment.VERY_POSITIVE, -0.8: Sentiment.VERY_NEGATIVE}.get(compound, Sentiment.NEUTRAL)
        intents = (Intent.QUESTION,) if "?" in text else ()
        return Judgement(compound=compound, sentiment=level, version="words", intents=intents)


def check(text: str, **more: str) -> tuple[Rulebook | None, tuple[Finding, ...]]:
    """Check one file beside the shared templates and lists, with a default route unless it has one."""
    sources = {**BESIDE, "10-test.yaml": text, **more}
    if not any("default: true" in content for content in sources.values()):
        sources["90-default.yaml"] = DEFAULT
    return check_sources(sources, known=KNOWN)


def errors(text: str) -> list[str]:
    return [str(finding) for finding in check(text)[1] if not finding.is_warning]


def load(text: str) -> Rulebook:
    book, findings = check(text)
    assert book is not None, findings
    return book
