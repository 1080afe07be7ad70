"""Run the command line: ``python -m kizashi``, and the command ``kizashi``."""

import sys


def main() -> None:
    """Run the command named in the arguments and end with its exit code."""
    try:
        from kizashi.cli import main as run
    except KeyboardInterrupt:
        # What a shell reports of a program that SIGINT ended.
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
