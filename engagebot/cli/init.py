"""`engagebot init`: make a site."""

from __future__ import annotations

from pathlib import Path

import click

from engagebot.cli.command import command
from engagebot.cli.terminal import Terminal, clean
from engagebot.scaffold import STARTER, choose_pack, copy_site, differing, missing_teams


@command("init")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--pack", metavar="NAME",
    help="The rules to begin with: starter (default), airline, shop, software or telecom.",
)  # fmt: skip
def init(terminal: Terminal, folder: Path, pack: str | None) -> None:
    """Make a site in DIR: settings, rules and an environment file.

    Files that exist are never touched, so it can be run again; a site keeps the pack that it has.
    """
    chosen = choose_pack(folder, pack)
    written = copy_site(folder, chosen)
    kept = differing(folder, chosen)
    for path in kept:
        terminal.say(f"kept your own {path}")
    teams = missing_teams(folder, chosen)
    if teams:
        lines = "".join(f"\n  {line}" for line in teams)
        terminal.say(
            f"the rules name teams that config/engagebot.yaml does not have; add below teams:{lines}"
        )
    document = {
        "site": str(folder.absolute()),
        "pack": chosen,
        "written": [str(path.relative_to(folder)) for path in written],
        "kept": [str(path.relative_to(folder)) for path in kept],
    }
    where = clean(folder)
    steps = (
        f"\nNext:\n  engagebot --site {where} check\n  engagebot --site {where} run\n"
        f"Then write your watches into {where}/config/engagebot.yaml and your keys into {where}/.env"
    )
    files = "1 file written" if len(written) == 1 else f"{len(written)} files written"
    count = files if written else "nothing to write: every file is there"
    of_pack = "" if chosen == STARTER else f", with the pack {chosen}"
    terminal.show(document, f"{count} in {where}{of_pack}{steps}")
