import os
import subprocess
import sys
from pathlib import Path

import pytest

from studio.app import has_display


@pytest.mark.parametrize(
    ("environment", "platform", "there"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"QT_QPA_PLATFORM": "offscreen"}, "linux", True),
        ({}, "win32", True),
        ({}, "darwin", True),
    ],
)
def test_a_display_is_looked_for_before_qt_is(environment: dict[str, str], platform: str, there: bool) -> None:
    assert has_display(environment, platform) is there


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a display")
def test_without_a_display_it_says_so_and_what_to_do(tmp_path: Path) -> None:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {key: value for key, value in os.environ.items() if key not in hidden}
    done = subprocess.run(
        [sys.executable, "-m", "studio.app", "--workspace", str(tmp_path / "w")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4
    assert "lorewright demo" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "w").exists()


def test_pictures_of_every_tab_are_drawn_and_the_program_ends_well(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from studio.ui import shots; shots._SETTLE_SECONDS = 0.2; "
        "sys.exit(shots.draw(Path(sys.argv[1]), Path(sys.argv[2]), None, ((640, 480),)))"
    )
    (tmp_path / "work" / "scenarios").mkdir(parents=True)
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "shots"), str(tmp_path / "work")],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    drawn = {path.name.split("-")[0] for path in (tmp_path / "shots").glob("*.png")}
    assert {"write", "train", "convert", "play", "home"} <= drawn
    assert (tmp_path / "shots" / "play-game-dark-640.png").is_file(), "its other views too"
    assert all(path.read_bytes()[:4] == b"\x89PNG" for path in (tmp_path / "shots").iterdir())


@pytest.mark.parametrize(
    ("words", "code"),
    [(("--shots", "here", "--run", "nowhere"), 2), (("--shots", "file"), 4), (("--shots", "full"), 4)],
)
def test_pictures_that_cannot_be_drawn_are_a_sentence(tmp_path: Path, words: tuple[str, ...], code: int) -> None:
    (tmp_path / "file").touch()
    script = "import sys; from studio import app, errors; from studio.ui import shots"
    if "full" in words:
        script += """
def full(path, content):
    raise errors.NotSaved(path=path, reason="No space left on device")
shots.save_atomic, shots._SETTLE_SECONDS = full, 0.1
"""
    script += "\nsys.exit(app.main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        cwd=tmp_path,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert words[-1] in done.stderr
