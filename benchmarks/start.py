"""Measures a later start: from `python3 launch.py` to the window drawn, everything installed before. JSON.

Run: `python benchmarks/start.py [TIMES]`, offscreen. The settings folder is a new one, the workspace is made by a first
start that is not counted.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT_SECONDS = 120.0


def start(home: Path) -> float:
    """Seconds from the command to the line in the log that says that the window is there."""
    settings = {"XDG_CONFIG_HOME": str(home / "config"), "XDG_DOCUMENTS_DIR": str(home / "documents")}
    environment = {**os.environ, **settings, "HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if "XDG_CACHE_HOME" not in environment:
        environment["XDG_CACHE_HOME"] = str(Path.home() / ".cache")
    log = home / "config" / "lorewright" / "lorewright.log"
    log.unlink(missing_ok=True)
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "launch.py")],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while time.monotonic() - began < LIMIT_SECONDS:
            if log.exists() and "the window is there" in log.read_text(encoding="utf-8"):
                return time.monotonic() - began
            time.sleep(0.01)
        raise SystemExit(f"no window after {LIMIT_SECONDS:.0f} s")
    finally:
        os.killpg(process.pid, 9)
        process.wait()


def main() -> None:
    """Prints the seconds of each start after the first."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        first = start(Path(folder))
        later = sorted(start(Path(folder)) for _time in range(times))
    middle = later[len(later) // 2]
    print(
        json.dumps({"first_seconds": round(first, 2), "later_seconds": round(middle, 2), "worst": round(later[-1], 2)})
    )


if __name__ == "__main__":
    main()
