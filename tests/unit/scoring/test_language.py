"""What decides the language: letters, small words, then two detectors, and never the platform alone."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from engagebot.scoring.detectors import Detectors, Vote
from engagebot.scoring.language import Languages, claim_of
from engagebot.scoring.tokens import BRAND, tokenise

ROOT = Path(__file__).parents[3]
FOREIGN = ROOT / "tests" / "judgement" / "foreign.tsv"
TRAPS = ROOT / "tests" / "judgement" / "traps" / "open.yaml"

LONG_ENOUGH = "zorbin quandel mofrat vilpesh"
"""Words of no language, so that only what the detectors are made to say counts."""

BOLD_SCRIPT = "".join(
    chr(0x1D4EA + ord(letter) - ord("a")) if letter != " " else letter
    for letter in "thank you for the lovely service"
)
"""Letters of mathematics, which some write with because they look like handwriting."""


class Scripted(Detectors):
    """Detectors that say what they are told, and remember what they were asked."""

    def __init__(self, first: Vote, second: Vote) -> None:
        super().__init__()
        self._votes = (first, second)
        self.asked: list[str] = []

    def fast(self, line: str) -> Vote:
        self.asked.append(line)
        return self._votes[0]

    def second(self, line: str) -> Vote:
        self.asked.append(line)
        return self._votes[1]


def detect(text: str, hint: str | None = None, languages: Languages | None = None) -> str | None:
    forms = [BRAND if form == "acme" else form for form in tokenise(text).forms]
    return (languages or Languages()).detect(text, forms, hint=hint)


def scripted(first: str, second: str, *, surer_is_second: bool = False) -> Scripted:
    return Scripted(Vote(first, 0.5), Vote(second, 0.9 if surer_is_second else 0.1))


def foreign_posts() -> list[tuple[str, str]]:
    lines = FOREIGN.read_text(encoding="utf-8").splitlines()
    return [(code, text) for code, text in (line.split("\t") for line in lines)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "🙏🙏😭",
        "❤️\u200d🔥",
        "@acme @maple_fan_demo",
        "https://example.com/a/b",
        "12.50",
        ":-) @acme",
        "?!...",
        "$40",
    ],
)
def test_a_post_without_words_has_no_language(text: str) -> None:
    assert detect(text) is None


@pytest.mark.parametrize("text", ["@acme ¯\\_(ツ)_/¯", "(ಠ_ಠ)", "(・_・)", "@acme (ﾟДﾟ)"])
def test_a_face_made_of_foreign_letters_is_no_foreign_word(text: str) -> None:
    assert detect(text) in {None, "en"}


@pytest.mark.parametrize(
    "text",
    [
        "thx",
        "lol",
        "omg the app is down AGAIN",
        "u guys are the best, ur support is gonna be famous",
        "pls fix",
        "customer service = nonexistent. flight cancelled, luggage lost, nightmare",
        "Horrible experience flying acme airlines today",
        "app crashing constantly, login broken, refund denied",
        "PLEASE FIX YOUR APP",
        "omgggg soooo gooood",
        "Thank you so much @acme ありがとう",
        "this is why i love my kettle ¯\\_(ツ)_/¯",
        "ordered the Küche Deluxe Mixer from Müller & Söhne, still nothing",
        "Bonjour! my part still hasn't arrived from the Paris warehouse",
        BOLD_SCRIPT,
    ],
)
def test_english_is_kept_in_whatever_dress(text: str) -> None:
    assert detect(text) == "en"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("アプリが起動しない", "ja"),
        ("iPhone 15 Pro Maxのケースを注文したのに届かない", "ja"),
        ("対応最悪、東京駅の店", "ja"),
        ("拍照不清楚 客服没有回复", "zh"),
        ("배송 언제 와요", "ko"),
        ("acme 앱 왜 이래", "ko"),
        ("متى يصل طلبي؟", "ar"),
        ("سفارش من کی می‌رسد؟", "fa"),
        ("میرا آرڈر ابھی تک نہیں آیا", "ur"),
        ("मेरा refund कब मिलेगा?", "hi"),
        ("где мой заказ??", "ru"),
        ("коли приїде моє замовлення?", "uk"),
        ("เน็ตช้ามาก", "th"),
        ("איפה ההזמנה שלי", "he"),
        ("πού είναι η παραγγελία μου", "el"),
    ],
)
def test_letters_that_are_not_latin_tell_the_language_without_a_detector(text: str, code: str) -> None:
    detectors = scripted("en", "en")

    assert detect(text, languages=Languages(detectors)) == code
    assert detectors.asked == []


def test_the_platform_chooses_among_languages_of_one_script() -> None:
    assert detect("къде остана моята поръчка", hint="bg") == "bg"
    assert detect("मेरी माँ को पसंद आया", hint="mr") == "mr"
    assert detect("где мой заказ", hint="ja") == "ru"


def test_english_small_words_are_enough_without_a_detector() -> None:
    detectors = scripted("fr", "fr")

    assert detect("you have been on hold with them for hours", "fr", Languages(detectors)) == "en"
    assert detectors.asked == []


def test_a_foreign_post_may_borrow_english_words() -> None:
    assert detect("Danke für den great service @acme, love it, ihr seid einfach die besten") == "de"
    assert detect("me encanta el new look de la app pero el login no va, please arreglarlo") == "es"
    assert detect("le delivery boy a été super nice, good job acme, je recommande") == "fr"


@pytest.mark.parametrize(("first", "second"), [("en", "de"), ("de", "en"), ("de", "pcm"), ("en", "en")])
def test_one_voice_for_english_is_enough(first: str, second: str) -> None:
    assert detect(LONG_ENOUGH, "de", Languages(scripted(first, second))) == "en"


def test_two_voices_against_english_make_a_post_foreign() -> None:
    assert detect(LONG_ENOUGH, languages=Languages(scripted("de", "de"))) == "de"
    assert detect(LONG_ENOUGH, languages=Languages(scripted("de", "nl"))) == "de"
    assert detect(LONG_ENOUGH, languages=Languages(scripted("de", "nl", surer_is_second=True))) == "nl"


def test_the_platform_chooses_between_two_foreign_voices() -> None:
    assert detect(LONG_ENOUGH, "nl", Languages(scripted("de", "nl"))) == "nl"
    assert detect(LONG_ENOUGH, "in", Languages(scripted("ms", "id"))) == "id"


def test_the_platform_saying_english_outweighs_voices_that_differ() -> None:
    assert detect(LONG_ENOUGH, "en", Languages(scripted("de", "nl"))) == "en"
    assert detect(LONG_ENOUGH, "en", Languages(scripted("de", "de"))) == "de"


def test_a_few_letters_are_foreign_only_when_all_three_agree() -> None:
    agreed = Languages(scripted("de", "de"))

    assert detect("Danke für nix", languages=agreed) == "en"
    assert detect("Danke für nix", "fr", agreed) == "en"
    assert detect("Danke für nix", "und", agreed) == "en"
    assert detect("Danke für nix", "de", agreed) == "de"
    assert detect("Danke für nix", "de", Languages(scripted("de", "nl"))) == "en"


def test_detectors_hear_words_only() -> None:
    detectors = scripted("de", "de")
    text = "@acme zorbin https://example.com 🙏 #quandel\n42 mofrat &amp; vilpesh!!"

    detect(text, languages=Languages(detectors))

    assert detectors.asked == ["zorbin quandel mofrat vilpesh"] * 2


def test_of_a_very_long_text_the_beginning_is_read() -> None:
    detectors = scripted("de", "de")

    detect("zorbin quandel " * 4_000, languages=Languages(detectors))

    assert [len(line) for line in detectors.asked] == [600, 600]


def test_lone_surrogates_and_zero_bytes_are_no_trouble() -> None:
    assert detect("wo bleibt denn eigentlich mein Paket \ud83d \x00 \r\u2028 nun") == "de"


def test_many_handles_in_front_hide_no_language() -> None:
    crowd = " ".join(f"@reader_{number}_demo" for number in range(40))

    assert detect(f"{crowd} wann kommt denn endlich mein Paket an") == "de"
    assert detect(f"{crowd} 電話一時間待たされた") == "ja"


@pytest.mark.parametrize(
    ("hint", "code"),
    [
        (None, None),
        ("", None),
        ("und", None),
        ("qme", None),
        ("qam", None),
        ("zxx", None),
        ("art", None),
        ("english", None),
        ("EN", "en"),
        ("en-gb", "en"),
        ("pt-BR", "pt"),
        ("zh_TW", "zh"),
        ("in", "id"),
        ("iw", "he"),
        ("nb-NO", "no"),
        ("fil", "tl"),
        ("ckb", "ckb"),
    ],
)
def test_a_platforms_claim_is_read_whatever_its_form(hint: str | None, code: str | None) -> None:
    assert claim_of(hint) == code


def test_most_foreign_posts_are_caught() -> None:
    posts = foreign_posts()
    languages = Languages()
    caught = sum(detect(text, languages=languages) not in {None, "en"} for _, text in posts)
    helped = sum(detect(text, code, languages) not in {None, "en"} for code, text in posts)

    assert len(posts) >= 150
    assert caught / len(posts) >= 0.93
    assert helped / len(posts) >= 0.96


def test_open_traps_in_other_languages_are_told() -> None:
    traps = [
        trap
        for trap in yaml.safe_load(TRAPS.read_text(encoding="utf-8"))
        if trap["kind"] == "other_language" and "language" in trap.get("expect", {})
    ]

    assert traps
    assert {trap["id"]: detect(trap["text"]) for trap in traps} == {
        trap["id"]: trap["expect"]["language"] for trap in traps
    }


def test_open_traps_in_english_are_kept() -> None:
    traps = [
        trap
        for trap in yaml.safe_load(TRAPS.read_text(encoding="utf-8"))
        if trap["kind"] != "other_language" and "language" not in trap.get("expect", {})
    ]

    assert [trap["text"] for trap in traps if detect(trap["text"]) not in {None, "en"}] == []


def test_threads_that_ask_at_once_get_the_same_answers() -> None:
    languages = Languages(Detectors())
    posts = [text for _, text in foreign_posts()] * 2
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda text: detect(text, languages=languages), posts))

    assert together == [detect(text) for text in posts]


# Python's own audit of what a process opens and whom it calls. Such a hook stays for good.
AUDITED = """
import json, logging, os, sys

sys.dont_write_bytecode = True
seen = []
OUTWARD = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg",
           "os.mkdir", "os.rename", "os.link", "os.symlink", "subprocess.Popen", "os.system")

def watch(event, args):
    if event in OUTWARD:
        seen.append([event, repr(args)])
        raise OSError(101, "Network is unreachable")
    if event == "open":
        path, mode, flags = args
        writes = (flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes and not str(path).startswith(os.environ["TMPDIR"]):
            seen.append([event, repr(args)])

sys.addaudithook(watch)

from engagebot.scoring.language import Languages
from engagebot.scoring.tokens import tokenise

def detect(text):
    return languages.detect(text, tokenise(text).forms, hint=None)

languages = Languages()
quick = detect("thanks, this is what we have been waiting for")
DETECTORS = ("numpy", "fasttext", "py3langid")
early = [name for name in DETECTORS if name in sys.modules]
slow = detect("wann kommt denn endlich mein Paket an")
late = [name for name in DETECTORS if name in sys.modules]
client = [name for name in ("requests", "urllib3", "robust_downloader") if name in sys.modules]
root = logging.getLogger()
print(json.dumps({"quick": quick, "early": early, "slow": slow, "late": late, "client": client,
                  "seen": seen, "handlers": len(root.handlers), "level": root.level}))
"""


def test_nothing_is_fetched_left_behind_said_or_imported_before_it_is_needed(tmp_path: Path) -> None:
    for_a_moment, home = tmp_path / "tmp", tmp_path / "home"
    for_a_moment.mkdir()
    home.mkdir()

    run = subprocess.run(
        [sys.executable, "-B", "-c", AUDITED],
        cwd=home,
        env={"PYTHONPATH": str(ROOT), "HOME": str(home), "TMPDIR": str(for_a_moment), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert run.stderr == ""
    assert json.loads(run.stdout) == {
        "quick": "en",
        "early": [],
        "slow": "de",
        "late": ["numpy", "fasttext", "py3langid"],
        "client": [],
        "seen": [],
        "handlers": 0,
        "level": 30,
    }
    assert [*home.iterdir(), *for_a_moment.iterdir()] == []
