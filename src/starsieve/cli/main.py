"""The ``starsieve`` command: every verb, and what an error looks like."""

import errno
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from starsieve.cli.archive import archive_app
from starsieve.cli.cite import cite
from starsieve.cli.demo import demo
from starsieve.cli.disentangle import disentangle
from starsieve.cli.doctor import doctor
from starsieve.cli.emulate import emulate
from starsieve.cli.encode import encode
from starsieve.cli.evaluate import evaluate
from starsieve.cli.fetch_light_curves import fetch_app
from starsieve.cli.help import CONTEXT, Verb, VerbGroup
from starsieve.cli.infer import infer
from starsieve.cli.ingest import ingest
from starsieve.cli.injection import injection_recovery
from starsieve.cli.models import models_app
from starsieve.cli.outliers import outliers
from starsieve.cli.output import say, write_text
from starsieve.cli.plot import plot_app
from starsieve.cli.rank import rank
from starsieve.cli.read import read
from starsieve.cli.reconstruct import reconstruct
from starsieve.cli.runs import run, runs_app, worker
from starsieve.cli.search import search
from starsieve.cli.separate import separate
from starsieve.cli.serve import serve
from starsieve.cli.similar import similar
from starsieve.cli.sliders import sliders
from starsieve.cli.studies import studies_app
from starsieve.cli.tag import tag
from starsieve.cli.train import train
from starsieve.cli.tune import tune
from starsieve.cli.vet import vet
from starsieve.errors import InterruptedRunError, StarsieveError

OK, ERROR, INTERRUPTED = 0, 1, 130

app = typer.Typer(
    name="starsieve",
    cls=VerbGroup,
    context_settings=CONTEXT,
    rich_markup_mode=None,  # Rich costs a tenth of a second; help has to be quick
    pretty_exceptions_enable=False,
)
PANELS: dict[str, tuple[Callable[..., None], ...]] = {
    "Start here": (demo, serve, doctor),
    "Files": (read, infer, emulate),
    "Transits": (search, vet, rank, injection_recovery),
    "Representations": (
        encode,
        reconstruct,
        similar,
        disentangle,
        sliders,
        tag,
        outliers,
        separate,
    ),
    "Archive": (ingest,),
    "Models": (train, tune, evaluate),
    "Runs": (run, worker),
    "Credit": (cite,),
}
GROUPS = {
    "Archive": (fetch_app, archive_app),
    "Models": (models_app, studies_app, plot_app),
    "Runs": (runs_app,),
}
for panel, verbs in PANELS.items():
    for verb in verbs:
        app.command(cls=Verb, rich_help_panel=panel)(verb)
    for group in GROUPS.get(panel, ()):
        app.add_typer(group, cls=VerbGroup, context_settings=CONTEXT, rich_help_panel=panel)


def _show_version(asked: bool) -> None:
    if asked:
        from starsieve import __version__

        write_text(f"starsieve {__version__}")
        raise typer.Exit


@app.callback()
def starsieve(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Say the version."),
    ] = False,
    traceback: Annotated[
        bool,
        typer.Option(
            "--traceback", help="Show where an error came from. [env: STARSIEVE_TRACEBACK]"
        ),
    ] = False,
) -> None:
    """From a telescope archive to answers: parameters of spectra, planets in light curves.

    For example:
      starsieve demo                      see it work on real brown dwarfs
      starsieve serve                     look at the archive in a browser
      starsieve read spectrum.fits        what is in this file?
      starsieve infer spectrum.fits       Teff, log g, ... with uncertainties
      starsieve search tess*_lc.fits      transits in light curves
      starsieve vet tess*_lc.fits --report out/
      starsieve rank toi.csv              a probability for each row of a table

    Data go to standard output, messages to standard error. Exit codes: 0 fine,
    1 error, 2 usage, 3 some items failed, 130 interrupted.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        The words after ``starsieve``; those of this process by default.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if "--traceback" in words or os.environ.get("STARSIEVE_TRACEBACK", "") not in ("", "0"):
        return _run(words)
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        try:
            return _run(words)
        except BrokenPipeError:
            return _leave_quietly()
        except InterruptedRunError as error:
            say(str(error))
            return INTERRUPTED
        except StarsieveError as error:
            say(str(error))
        except OSError as error:
            say(_explain_system(error))
        except Exception as error:
            say(
                f"unexpected {type(error).__name__}: {error}. This is a defect; "
                "starsieve --traceback ... (or STARSIEVE_TRACEBACK=1) shows where."
            )
        return ERROR


def _run(words: list[str]) -> int:
    """Run one command; say what was wrong with its words, if anything."""
    command = typer.main.get_command(app)
    try:
        code = command.main(words, prog_name="starsieve", standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:
        say(f"{_explain(error)} Help: {_help_command(error)}")
        return error.exit_code
    if code == INTERRUPTED:
        say("interrupted.")
    return code if isinstance(code, int) else OK


def _explain(error: Any) -> str:
    """Return what was wrong with the command line, and what may have been meant."""
    close = getattr(error, "possibilities", None)
    if close:
        return f"{error.message}. Did you mean {' or '.join(sorted(close))}?"
    message: str = error.format_message().replace("Value error, ", "")
    return message if message.endswith((".", "?")) else message + "."


def _explain_system(error: OSError) -> str:
    """Return what the system refused, where, and what to do if the disk is full."""
    what = f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{what}. What was stored is unharmed: free some space and do the same again."
    return what


def _help_command(error: Any) -> str:
    context = getattr(error, "ctx", None)
    return f"{context.command_path if context else 'starsieve'} --help"


def _show_warning(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    """Show a warning in one line, unless it is for programmers."""
    if not issubclass(category, DeprecationWarning | PendingDeprecationWarning | FutureWarning):
        say(f"warning: {message}")


def _leave_quietly() -> int:
    """Whoever read our output has left: nothing more can be said, and Python shall not try."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ERROR
