"""Run the command line: ``python -m kizashi``, and the command ``kizashi``."""

import signal
import sys


def main() -> None:
    """Run the command named in the arguments and end with its exit code."""
    if "serve" in sys.argv:
        # To be told to reload while it starts would end it; it reloads once it runs.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    try:
        from kizashi.cli import main as run
    except KeyboardInterrupt:
        # What a shell reports of a program that SIGINT ended.
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
