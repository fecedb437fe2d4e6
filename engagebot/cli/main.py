"""The command line's door: finds the command, and turns every failure into one message and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from engagebot.cli import usage
from engagebot.cli.command import LateGroup
from engagebot.cli.terminal import Terminal
from engagebot.errors import EngagebotError, FilesInvalid

_PACKAGE = "engagebot.cli"
COMMANDS = {
    name: (f"{_PACKAGE}.{place}", text)
    for name, place, text in (
        ("init", "init:init", "Make a site: settings, rules and an environment file."),
        ("demo", "demo:demo", "Run the demo site: made-up posts, nothing is sent."),
        ("check", "check:check", "Check settings and rules, and run the rules' own tests."),
        ("doctor", "doctor:doctor", "Try keys, credit, clock, database, disk and channels."),
        ("run", "run:run", "Listen, decide, draft and serve the web app; dry run unless --live."),
        ("import", "import_:import_", "Bring in mentions from CSV or JSON Lines."),
        ("export", "export:export", "Write stored mentions as JSON Lines, CSV or JSON."),
        ("rules", "rules:rules", "Check, test, explain, publish and restore the rules."),
        ("eval", "eval:eval_file", "Measure judgement and rules on labelled posts, beside VADER."),
        ("learn", "learn:learn", "Learn from what people decided; adopted only if it is no worse."),
        ("rescore", "rescore:rescore", "Judge stored mentions anew by the scorer in use."),
        ("queue", "queue_deeds:queue", "Drafts that wait for a person."),
        ("cases", "case_moves:cases", "Customers' problems."),
        ("customers", "customer_import:customers", "People who have spoken of us."),
        ("mutes", "mutes:mutes", "Authors and communities that are not spoken to."),
        ("status", "status:status", "The site in numbers."),
        ("pause", "pause:pause", "Stop everything that leaves."),
        ("resume", "pause:resume", "Let things leave again."),
        ("users", "users:users", "Accounts of people."),
        ("tokens", "tokens:tokens", "Tokens for programs."),
        ("db", "db:db", "The database's revision."),
        ("backup", "backup:backup", "Write the database into a file while engagebot works."),
        ("restore", "backup:restore", "Put a backup in place of the database."),
        ("notify", "notify:notify", "Try the channels that reach people."),
        ("escalate", "escalate:escalate", "Try how escalations reach a team."),
    )
}


class Engagebot(LateGroup):
    """The program; see `main`."""

    def main(self, args: Sequence[str] | None = None, *_: Any, **extra: Any) -> Any:
        """Run a command and exit with the contract's code."""
        extra.pop("standalone_mode", None)
        extra["prog_name"] = "engagebot"
        terminal = extra.setdefault("obj", None) or Terminal()
        extra["obj"] = terminal
        given = list(sys.argv[1:] if args is None else args)
        sys.exit(self._run(given, terminal, extra))

    def _run(self, args: list[str], terminal: Terminal, extra: dict[str, Any]) -> int:
        try:
            result = super().main(args, standalone_mode=False, **extra)
        except click.ClickException as error:
            return _say_usage(error, terminal)
        except click.Abort as error:
            return _interrupted(error, terminal)
        except EngagebotError as error:
            if terminal.is_debug:
                _show_traceback(terminal)
            _say_error(error, terminal)
            return error.exit_code
        except OSError as error:
            if error.filename is None or error.strerror is None:
                return self._unexpected(error, terminal)
            if terminal.is_debug:
                _show_traceback(terminal)
            terminal.say(
                f"Error: {error.strerror}: {error.filename}; check it, and that this user may use it"
            )
            return 2
        except SystemExit:
            # Either a signal has ended a long run in order, or whoever read our output had seen enough
            # (`engagebot export | head`), which click ends with 1, our code for findings.
            return 0
        except Exception as error:
            return self._unexpected(error, terminal)
        return result if isinstance(result, int) and result else terminal.exit_code

    def _unexpected(self, error: Exception, terminal: Terminal) -> int:
        from engagebot.cli.log import write_crash

        if terminal.is_debug:
            _show_traceback(terminal)
        path = write_crash(error, terminal)
        what = terminal.blacked_out(f"{type(error).__name__}: {error}".splitlines()[0][:200])
        terminal.say(f"Error: something unexpected went wrong ({what}).")
        terminal.say(f"  The traceback is in {path}; please send it with a report. --debug shows it here.")
        return 1


def _say_usage(error: click.ClickException, terminal: Terminal) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return 2
    if not isinstance(error, click.UsageError):
        terminal.say(f"Error: {error.format_message()}")
        return 2
    if error.ctx is not None:
        terminal.say(error.ctx.get_usage())
    for line in usage.lines(error, terminal.site):
        terminal.say(line)
    return 2


def _say_error(error: EngagebotError, terminal: Terminal) -> None:
    if isinstance(error, FilesInvalid):
        for finding in error.findings:
            terminal.say(f"{finding}" + (" (warning)" if finding.is_warning else ""))
        count = sum(1 for finding in error.findings if not finding.is_warning)
        terminal.say(f"Error: {count} {'error' if count == 1 else 'errors'}; correct the lines above.")
    else:
        hint = usage.where_to_look(str(error))
        terminal.say(f"Error: {error}{f'; {hint}' if hint else ''}")


def _interrupted(error: BaseException, terminal: Terminal) -> int:
    if isinstance(error.__cause__, EOFError):
        terminal.say("Error: the input ended before the question was answered")
        return 2
    terminal.say("interrupted")
    return 130


def _show_traceback(terminal: Terminal) -> None:
    import traceback

    terminal.say(traceback.format_exc().rstrip())


def _version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"engagebot {version('engagebot')}")
        ctx.exit()


@click.group(cls=Engagebot, late=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Say it.")
def engagebot() -> None:
    """Hear what people say of your brand: unhappy customers go to people, happy ones get a drafted thanks.

    \b
      engagebot demo            see it at work, without keys
      engagebot init DIR        make a site of your own
      engagebot check           check its settings and rules
      engagebot run             start it (dry run: nothing is sent)
    """


def main() -> None:
    """The installed command."""
    for stream in (sys.stdout, sys.stderr):
        # Posts hold letters that an old terminal cannot show; that must not end a command.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    engagebot.main()
