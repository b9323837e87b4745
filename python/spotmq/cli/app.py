"""The table of commands, and the exit status for each exception that they raise."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Annotated

import typer

import spotmq
from spotmq.cli import (
    bench,
    demo,
    errors,
    peers,
    ping,
    pub,
    record,
    replay,
    signals,
    sub,
    sync,
    top,
    topics,
)
from spotmq.cli.output import print_error

# The base of the exceptions that typer raises about a command line. typer has no public name for it.
_CommandLineError: type[Exception] = next(
    cls for cls in typer.BadParameter.__mro__ if cls.__name__ == "ClickException"
)

app: typer.Typer = typer.Typer(
    name="spot",
    help="Brokerless publish/subscribe clusters. ENDPOINT is any node of one.",
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _module in (pub, sub, topics, peers, sync, top, ping, record, replay, demo):
    app.command(epilog=_module.EXAMPLES)(getattr(_module, _module.__name__.rpartition(".")[2]))
app.command(
    epilog=bench.EXAMPLES,
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)(bench.bench)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"spot {spotmq.__version__}")
        raise typer.Exit


@app.callback()
def _spot(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    pass


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _end_in_good_order_when_told_to() -> None:
    """SIGTERM (``timeout 5 spot sub …``) and SIGHUP end as Ctrl-C does: peers are told."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _end)


def _usage(error: Exception) -> str:
    """Print the fault of a command line, in one line."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "spot"
    text = " ".join(error.format_message().split())  # type: ignore[attr-defined]
    end = "" if text.endswith((".", "?", "!")) else "."
    return f"{path}: {text}{end} See '{path} --help'."


def run(arguments: Sequence[str]) -> int:
    """Run a command; returns the exit status."""
    command = next((word for word in arguments if not word.startswith("-")), "")
    name = f"spot {command}".rstrip()
    _end_in_good_order_when_told_to()
    try:
        given = list(arguments) or ["--help"]
        with signals.noted():
            result = app(args=given, prog_name="spot", standalone_mode=False)
        if not arguments:
            return errors.USAGE
        return result if isinstance(result, int) else 0
    except KeyboardInterrupt:
        return errors.INTERRUPTED
    except (typer.Abort, EOFError):
        return errors.INTERRUPTED
    except (errors.OutputClosed, BrokenPipeError):
        _drop_output()
        return errors.OUTPUT_CLOSED
    except errors.UsageError as error:
        print_error(f"{name}: {error}. See '{name} --help'.")
        return errors.USAGE
    except _CommandLineError as error:
        print_error(_usage(error))
        return errors.USAGE
    except (errors.UserError, spotmq.SpotError) as error:
        print_error(f"{name}: {error}")
        return errors.FAILED
    except OSError as error:  # of a file, or of the output's device
        where = f"{error.filename}: " if error.filename is not None else ""
        print_error(f"{name}: {where}{error.strerror or error}")
        _drop_output()
        return errors.FAILED


def _drop_output() -> None:
    """Drop output that could not be written, so that Python does not try again when it ends."""
    from spotmq.cli.output import Output

    if sys.stdout is not None:
        Output().abandon()
