"""`python -m studio`: the same as the `lorewright` command."""

import sys

from studio.cli import main

sys.exit(main())
