"""The window opens before the part of the set-up that brings Arrow is there."""

import subprocess
import sys

PROGRAM = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("pyarrow", "rensa", "py3langid", "numpy"):
            raise ImportError(name)

sys.meta_path.insert(0, Missing())
from studio.ui.tabs import tab_class
print(tab_class("data").title)
"""


def test_the_data_tab_is_imported_without_arrow() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=300)
    assert done.stdout.strip() == "Data", done.stderr
