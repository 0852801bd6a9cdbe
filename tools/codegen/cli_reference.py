"""Write the reference of the command line as Markdown, from argparse's own definitions."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from lenet.cli.main import parser

INTRODUCTION = """# Command line

This page is generated from the parser of `lenet`; `lenet COMMAND --help` prints the same.
"""


def commands(
    whole: argparse.ArgumentParser,
) -> Iterator[tuple[argparse.ArgumentParser, str]]:
    """Yield every command's parser and its one-line help, depth first."""
    for action in whole._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, sub in action.choices.items():
                if name in helps:  # not an alias
                    sub.complete()
                    yield sub, helps[name]
                    yield from commands(sub)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "\\<")


def _option(formatter: argparse.HelpFormatter, action: argparse.Action) -> str:
    names = ", ".join(action.option_strings)
    metavar = formatter._format_args(action, formatter._get_default_metavar_for_optional(action))
    if not action.option_strings:
        return formatter._format_args(action, formatter._get_default_metavar_for_positional(action))
    return f"{names} {metavar}".strip()


def _options(command: argparse.ArgumentParser) -> Iterator[str]:
    formatter = command._get_formatter()
    for group in command._action_groups:
        actions = [
            action
            for action in group._group_actions
            if action.help != argparse.SUPPRESS
            and not isinstance(action, argparse._HelpAction | argparse._SubParsersAction)
        ]
        if actions:
            yield f"\n**{(group.title or '').capitalize()}**\n\n| | |\n| --- | --- |\n"
            for action in actions:
                explained = formatter._expand_help(action) if action.help else ""
                option = _option(formatter, action).replace("|", "\\|")
                yield f"| `{option}` | {_cell(explained)} |\n"


def cli_reference() -> str:
    """Return the page: usage, options and examples of every command."""
    top = parser()
    parts = [INTRODUCTION, f"\n```text\n{top.epilog}\n```\n"]
    for command, _ in commands(top):
        usage = command.format_usage().removeprefix("usage: ").rstrip()
        parts.append(f"\n## {command.prog}\n\n{command.description or ''}\n")
        parts.append(f"\n```text\n{usage}\n```\n")
        parts += _options(command)
        if command.epilog:
            parts.append(f"\n```text\n{command.epilog}\n```\n")
    return "".join(parts)


if __name__ == "__main__":
    print(cli_reference(), end="")
