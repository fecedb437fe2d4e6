"""What becomes a case: of posts whose feeling people have labelled, by the rules of a pack.

    python -m benchmarks.cases FILE [--pack airline]

FILE holds posts as JSON Lines with `id`, `author`, `text`, `posted_at`, `brand` and `label` (negative,
neutral or positive). Each brand gets a site of its own out of the pack, which hears its posts as new by the
real commands, and nobody resolves anything, so that what people write next joins their open case. A case
should not be one where no post of it is labelled negative.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from engagebot.bootstrap import open_app
from engagebot.scaffold import copy_site, pack_names
from engagebot.store.casework import cases
from engagebot.store.heard import mentions

MOST = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one brand's posts came to."""

    posts: int
    days: int
    unhappy: int
    unhappy_in_cases: int
    cases: int
    cases_without: int
    contacts: int

    def line(self, name: str) -> str:
        """One row of the table."""
        heard, wrong = self.unhappy_in_cases / self.unhappy, self.cases_without / max(1, self.cases)
        a_day, each = self.cases / self.days, self.contacts / max(1, self.cases)
        counts = f"{name:<12}{self.posts:>7,}{self.unhappy:>9,}{heard:>11.1%}{self.cases:>8,}"
        return f"{counts}{wrong:>13.1%}{a_day:>10.1f}{each:>14.2f}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cases")
    parser.add_argument("file", type=Path)
    parser.add_argument("--pack", choices=pack_names(), default="airline")
    options = parser.parse_args(arguments)
    by_brand: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in options.file.read_text("utf-8").splitlines():
        row = json.loads(line)
        by_brand[row["brand"]].append(row)
    print(
        f"{'brand':<12}{'posts':>7}{'unhappy':>9}{'in a case':>11}{'cases':>8}{'not unhappy':>13}"
        f"{'a day':>10}{'posts a case':>14}"
    )
    found = []
    for brand, rows in sorted(by_brand.items()):
        with tempfile.TemporaryDirectory() as folder:
            found.append(heard(Path(folder), brand, rows, options.pack))
        print(found[-1].line(brand), flush=True)
    print(together(found).line("all"))


def heard(folder: Path, brand: str, rows: Sequence[Mapping[str, Any]], pack: str) -> Found:
    """Let a fresh site hear the posts of one brand, and count."""
    site = folder / "site"
    copy_site(site, pack)
    settings = site / "config" / "engagebot.yaml"
    handle = brand.casefold().replace(" ", "")
    plain = settings.read_text("utf-8").replace("name: Acme", f"name: {brand}", 1)
    settings.write_text(plain.replace("handles: {}", f"handles: {{x: {handle}}}", 1), "utf-8")
    file = folder / "posts.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    moments = [datetime.fromisoformat(row["posted_at"]) for row in rows]
    # They are heard when the last of them was written; to take them for years old would be another question.
    environ = {**os.environ, "ENGAGEBOT_NOW": max(moments).isoformat()}
    command = [str(Path(sys.executable).with_name("engagebot")), "--site", str(site), "--no-input"]
    done = subprocess.run(
        [*command, "import", str(file), "--source", "x", "--as-new"],
        env=environ, check=False, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        sys.exit(done.stderr)
    label_of = {row["id"]: row["label"] for row in rows}
    days = max(1, round((max(moments) - min(moments)) / timedelta(days=1)))
    return counted(site, label_of, days)


def counted(site: Path, label_of: Mapping[str, str], days: int) -> Found:
    """Count what is in the cases of a site."""
    app = open_app(site, {})
    try:
        with app.store.read() as tx:
            opened = cases.page(tx, limit=MOST).items
            ids = {mention_id for case in opened for mention_id in case.mention_ids}
            said = mentions.get_many(tx, ids)
    finally:
        app.close()
    labels = {mention_id: label_of[record.mention.ref.native_id] for mention_id, record in said.items()}
    in_cases = [label for label in labels.values() if label == "negative"]
    without = [
        case for case in opened if all(labels[mention_id] != "negative" for mention_id in case.mention_ids)
    ]
    return Found(
        posts=len(label_of), days=days,
        unhappy=sum(label == "negative" for label in label_of.values()), unhappy_in_cases=len(in_cases),
        cases=len(opened), cases_without=len(without), contacts=len(ids),
    )  # fmt: skip


def together(found: Iterable[Found]) -> Found:
    """All brands as one; a day is a day of one of them."""
    parts = list(found)
    return Found(
        posts=sum(each.posts for each in parts), days=sum(each.days for each in parts),
        unhappy=sum(each.unhappy for each in parts),
        unhappy_in_cases=sum(each.unhappy_in_cases for each in parts),
        cases=sum(each.cases for each in parts), cases_without=sum(each.cases_without for each in parts),
        contacts=sum(each.contacts for each in parts),
    )  # fmt: skip


if __name__ == "__main__":
    main()
