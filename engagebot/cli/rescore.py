"""`engagebot rescore`: stored mentions judged anew by the scorer in use."""

from __future__ import annotations

from engagebot.cli.command import command, nothing_lost
from engagebot.cli.opening import real_site
from engagebot.cli.progress import counted
from engagebot.cli.terminal import Terminal, fields
from engagebot.pipeline.rescoring import Rescored, count_outdated
from engagebot.pipeline.rescoring import rescore as judge_anew


@command("rescore")
def rescore(terminal: Terminal) -> None:
    """Judge stored mentions anew that an earlier scorer judged: after new lexicons, weights or a site model.

    What a person corrected keeps the person's word. What is still open and reads otherwise by now is decided
    again; all other decisions stay.
    """
    with real_site(terminal) as app:
        scorer = app.scorer
        total = count_outdated(app.store, scorer)
        kept = "what was scored so far is stored; run it again, it goes on from there"
        with nothing_lost(terminal, kept), counted(terminal, "re-scoring", total) as bar:
            done = judge_anew(app.store, scorer, told=bar.show)
        decided = app.decide_again(done.again)
    document = {
        "scorer": done.version,
        "outdated": total,
        "rescored": done.rescored,
        "kept": done.kept,
        "decided_again": decided,
        "changed": {f"{before} to {after}": count for (before, after), count in done.changed.most_common()},
    }
    terminal.show(document, lambda: _text(done, decided))


def _text(done: Rescored, decided: int) -> str:
    if not done.rescored and not done.kept:
        return "every mention was judged by the scorer in use already"
    changed = [f"{before} to {after}: {count}" for (before, after), count in done.changed.most_common()]
    return fields(
        {
            "scorer": done.version,
            "re-scored": done.rescored,
            "kept": f"{done.kept}, of which a person's word stands" if done.kept else None,
            "decided again": decided or None,
            "other level": f"{done.changed.total()}" + (f" ({'; '.join(changed)})" if changed else ""),
        }
    )
