"""Run the command line: ``python -m kizashi``."""

from kizashi.cli import main

main()
