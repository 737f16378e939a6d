"""Runs llama.cpp's own converter with entries of ours among those that it writes.

`python -P _convert_script.py SCRIPT ENTRIES.json ARGUMENTS…`: the entries are texts and lists of texts by their keys.
The script is run as it is; only where it begins to write the header, the entries are put beside its own.
"""

import json
import runpy
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    """Runs the script."""
    script, entries = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    sys.path[:0] = [str(script.parent), str(script.parent / "gguf-py")]
    import gguf

    writer: Any = gguf.GGUFWriter
    write_header = writer.write_header_to_file

    def with_ours(self: Any, path: Path | None = None) -> None:
        for key, value in entries.items():
            self.remove_key(key)
            if isinstance(value, list):
                self.add_array(key, value)
            elif isinstance(value, int):
                self.add_uint32(key, value)
            else:
                self.add_string(key, value)
        write_header(self, path)

    writer.write_header_to_file = with_ours
    sys.argv = [str(script), *sys.argv[3:]]
    runpy.run_path(str(script), run_name="__main__")


if __name__ == "__main__":
    main()
