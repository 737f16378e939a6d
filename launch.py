"""Starts Lorewright from a clone or an unpacked archive; sets up what is missing first. Needs only Python itself.

python3 launch.py              the window (Windows: py launch.py)
python3 launch.py demo         the whole path without a display, with a report
python3 launch.py test [...]   the tests without the slow ones (further words go to pytest; `test -m slow`: those alone)
python3 launch.py check        this checkout: style, types, import contracts, the same tests with coverage
python3 launch.py check PATH   scenarios: what is wrong in them
python3 launch.py WORDS        the `lorewright` command
"""

import os
import sys

OLDEST = (3, 11)


def main():
    # type: () -> int
    """Says so where this Python is too old to read the rest, else hands over to it."""
    if sys.version_info < OLDEST:
        found = "%d.%d" % sys.version_info[:2]  # noqa: RUF100, UP031
        print("This is Python %s; Lorewright needs 3.11 to 3.14 (python.org). Nothing was changed." % found)
        return 4
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    from studio.setup.front import main as front

    return front(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
