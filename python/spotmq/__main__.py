"""``python -m spotmq`` says what is installed; with arguments it is the ``spot`` command."""

import signal
import sys


def main() -> int:
    if len(sys.argv) > 1:
        from spotmq.cli import main as command

        return command()
    from spotmq import _about

    if hasattr(signal, "SIGPIPE"):  # `| head` ends it, as it ends other programs
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    print(_about.text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
