"""`lenet` and `python -m lenet`: the command line."""

import signal
import sys


def main() -> int:
    """Run the command line; return the exit status.

    Until the command has its handler, Ctrl-C ends the process as other programs end, without a
    traceback.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from lenet.cli import main as cli

    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
