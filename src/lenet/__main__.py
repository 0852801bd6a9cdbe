"""`lenet` and `python -m lenet`: the command line."""

import signal
import sys


def main() -> int:
    """Run the command line; return the exit status.

    Until the command has its handler, Ctrl-C ends the process as other programs end, without a
    traceback. An engine that cannot be loaded is one line.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from lenet.errors import EngineError

    try:
        from lenet.cli import main as cli
    except EngineError as error:
        print(f"lenet: {error}", file=sys.stderr)
        return 4  # lenet.cli.main.ENGINE_FAILED
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
