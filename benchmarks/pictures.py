"""Makes the pictures in `docs/images` from a run of the demo, with a mixed data set put beside its scenarios.

Run: `python benchmarks/pictures.py RUN`, where RUN is what `lorewright demo --out RUN` wrote. The data set has the
samples, 2,000 generated pairs with planted defects and the turns of four small strategy games; it is built once, so
that the Data tab has verdicts, balance and a build to show, and the model is measured on four held-out scenarios for
the Evaluate tab, which takes minutes. Look at each picture before it is committed.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAME = "tavern"
PAIRS = 2_000
DESCRIPTION = f"""format: 1
title: Tavern talk, scraped answers and a game of houses
sources:
  - name: samples
    scenarios: scenarios
    weight: 5
    licence: Apache-2.0
    note: written by hand, the core
  - name: forum
    file: pairs.jsonl
    weight: 1
    licence: CC-BY-4.0
    note: {PAIRS} generated pairs, with defects planted among them
  - name: houses
    snapshots: snapshots
    weight: 2
    licence: CC0-1.0
    min_score: 40
    note: expert decisions of a strategy game
"""
SUITE = "before-release"
SUITE_TEXT = """format: 1
title: Four scenarios before each release
parts:
  - kind: tool-calls
    scenarios:
      - scenarios/combat/held-the-weir-bell.md
      - scenarios/exploration/held-biscuit-over-ossel-pass.md
      - scenarios/mixed/held-the-foundry-dog.md
      - scenarios/roleplay/held-a-charter-for-the-ferry.md
limits:
  - {figure: tool-calls/f1, at_least: 0.3}
"""
KEPT = ("-dark-1280.png", "-light-1280.png")
ALSO = ("play-dark-2560.png", "play-game-light-2560.png", "write-light-2560.png", "data-dark-2560.png")


def ran(*words: str) -> None:
    """Runs a program of this checkout; a build with problems in its sources ends with 1, as it should."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    code = subprocess.run([sys.executable, *words], cwd=ROOT, env=environment).returncode
    if code not in (0, 1):
        raise SystemExit(f"{' '.join(words)} ended with {code}")


def main() -> None:
    """Fills the workspace, draws, and copies the pictures that the documents show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, metavar="RUN")
    run = parser.parse_args().run.resolve()
    (run / "datasets").mkdir(exist_ok=True)
    (run / "datasets" / f"{NAME}.yaml").write_text(DESCRIPTION, encoding="utf-8")
    ran("benchmarks/planted.py", str(run / "pairs.jsonl"), str(PAIRS))
    ran("benchmarks/game_snapshots.py", str(run / "snapshots"))
    ran("-m", "studio", "data", "build", NAME, "--workspace", str(run))
    suites = run / "suites"
    suites.mkdir(exist_ok=True)
    (suites / f"{SUITE}.yaml").write_text(SUITE_TEXT, encoding="utf-8")
    made = sorted((run / "models" / "first-model").glob("*.gguf"))[0]
    ran("-m", "studio", "evaluate", str(made), "--suite", SUITE, "--workspace", str(run))
    trained = sorted((run / "runs").glob("*-train"))[-1]
    drawn = run / "pictures"
    ran("-m", "studio.app", "--shots", str(drawn), "--run", str(trained), "--workspace", str(run))
    for picture in sorted(drawn.glob("*.png")):
        if picture.name.endswith(KEPT) or picture.name in ALSO:
            shutil.copyfile(picture, ROOT / "docs" / "images" / picture.name)


if __name__ == "__main__":
    main()
