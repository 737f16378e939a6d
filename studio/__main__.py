"""The `lorewright` command, also `python -m studio`: words go to the command line, none open the window."""

import sys


def main() -> int:
    """Runs the command line, or the window when there is no word for it; returns the exit code."""
    if len(sys.argv) > 1:
        from studio.cli import main as command_line

        return command_line()
    from studio.app import main as window

    return window([])


if __name__ == "__main__":
    sys.exit(main())
