"""How help looks: a verb's docstring as written, examples first; verbs in the order of use."""

from inspect import cleandoc
from typing import Any

from typer.core import TyperCommand, TyperGroup

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Verb(TyperCommand):
    """A command whose help text is printed as it is written, never wrapped again."""

    def format_help_text(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """Write the docstring under the usage line."""
        _write_as_it_is(self.help, formatter)


class VerbGroup(TyperGroup):
    """A group of commands that answers a bare call with its help, and lists verbs by panel."""

    command_class = Verb

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Treat no argument at all as a question for help."""
        return super().parse_args(ctx, args or ["--help"])

    def format_help_text(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """Write the docstring under the usage line."""
        _write_as_it_is(self.help, formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the commands before the options: they are what a reader looks for."""
        self._write_panels(ctx, formatter)
        TyperCommand.format_options(self, ctx, formatter)  # type: ignore[arg-type]

    def _write_panels(self, ctx: Any, formatter: Any) -> None:
        panels: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            command = self.commands[name]
            title = getattr(command, "rich_help_panel", None)
            title = title if isinstance(title, str) else "Commands"
            row = (name, (command.help or "").strip().partition("\n")[0].rstrip("."))
            panels.setdefault(title, []).append(row)
        width = max(len(name) for rows in panels.values() for name, _ in rows)
        for title, rows in panels.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), text) for name, text in rows])


def _write_as_it_is(text: str | None, formatter: Any) -> None:
    formatter.write_paragraph()
    for line in cleandoc(text or "").splitlines():
        formatter.write(f"  {line}".rstrip() + "\n")
