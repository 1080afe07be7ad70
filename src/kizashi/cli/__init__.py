"""The command line, one file per command."""


def main() -> None:
    """Run the command named in the arguments."""
