"""`engagebot init`: make a site."""

from __future__ import annotations

from pathlib import Path

import click

from engagebot.cli.command import command
from engagebot.cli.terminal import Terminal, clean
from engagebot.errors import WrongUsage
from engagebot.scaffold import copy_site, differing

PACKS = ("starter",)


@command("init")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--pack", default="starter", metavar="NAME", help='The set of rules to begin with: "starter".')
def init(terminal: Terminal, folder: Path, pack: str) -> None:
    """Make a site in DIR: settings, rules and an environment file.

    Files that exist are never touched, so it can be run again.
    """
    if pack not in PACKS:
        raise WrongUsage(f'there is no pack "{pack}"; there is: {", ".join(PACKS)}')
    written = copy_site(folder)
    kept = differing(folder)
    for path in kept:
        terminal.say(f"kept your own {path}")
    document = {
        "site": str(folder.absolute()),
        "written": [str(path.relative_to(folder)) for path in written],
        "kept": [str(path.relative_to(folder)) for path in kept],
    }
    where = clean(folder)
    steps = (
        f"\nNext:\n  engagebot --site {where} check\n  engagebot --site {where} run\n"
        f"Then write your watches into {where}/config/engagebot.yaml and your keys into {where}/.env"
    )
    count = f"{len(written)} files written" if written else "nothing to write: every file is there"
    terminal.show(document, f"{count} in {where}{steps}")
