import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QFontInfo, QPalette
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from studio.resources import resource
from studio.ui.theme import Appearance, Theme
from studio.ui.theme.fonts import load_fonts, mono_font, text_font
from studio.ui.theme.icons import ICONS, window_icon
from studio.ui.theme.tokens import DARK, LIGHT


def test_a_change_of_theme_reaches_what_is_shown(qtbot: QtBot, theme: Theme, qapp: QApplication) -> None:
    shown = QLabel("words")
    qtbot.addWidget(shown)
    shown.show()
    assert shown.palette().color(QPalette.ColorRole.WindowText).name() == DARK.text
    with qtbot.waitSignal(theme.changed):
        theme.toggle()
    assert not theme.dark
    assert shown.palette().color(QPalette.ColorRole.WindowText).name() == LIGHT.text
    assert LIGHT.accent in qapp.styleSheet()
    assert DARK.accent not in qapp.styleSheet()


def test_dark_where_the_system_says_nothing(qapp: QApplication) -> None:
    assert Theme(Appearance.SYSTEM).dark


def test_zoom_goes_in_steps_and_stays_in_bounds(theme: Theme, qapp: QApplication) -> None:
    theme.zoom_by(1)
    assert theme.zoom == 1.1
    assert qapp.font().pixelSize() == 14
    theme.zoom_by(100)
    assert theme.zoom == 2.0
    theme.zoom_by(-100)
    assert theme.zoom == 0.8
    theme.set_zoom(50)
    assert theme.zoom == 2.0


def test_the_shipped_faces_are_used(qapp: QApplication) -> None:
    assert {"Inter", "JetBrains Mono"} <= set(load_fonts())
    assert QFontInfo(text_font(13)).family() == "Inter"
    assert QFontInfo(mono_font(13)).family() == "JetBrains Mono"
    assert QFontInfo(mono_font(13)).fixedPitch()


@pytest.mark.parametrize("name", ["Inter", "JetBrainsMono"])
def test_each_face_has_its_licence(name: str) -> None:
    text = (resource("fonts") / f"{name}-LICENSE.txt").read_text("utf-8")
    assert "SIL OPEN FONT LICENSE" in text and "Project Authors" in text
    assert "Debian" not in text and "Apache" not in text


def test_letters_differ_on_a_machine_without_fonts(tmp_path: Path) -> None:
    """A bare machine draws boxes for every letter unless the shipped faces are loaded."""
    config = tmp_path / "fonts.conf"
    config.write_text(
        f"<?xml version='1.0'?><fontconfig><dir>{tmp_path}/none</dir><cachedir>{tmp_path}</cachedir></fontconfig>"
    )
    script = """
import sys
from PySide6.QtWidgets import QApplication, QLabel
from studio.ui.theme import Theme
from studio.ui.theme.fonts import load_fonts
application = QApplication([])
if sys.argv[1] == "loaded":
    load_fonts()
Theme().apply()
def pixels(text):
    label = QLabel(text)
    label.setFixedSize(60, 30)
    return bytes(label.grab().toImage().constBits())
print(pixels("Ag") != pixels("il"))
"""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "FONTCONFIG_FILE": str(config)}

    def differ(loaded: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", script, loaded], env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    assert differ("loaded") == "True"


def test_every_icon_of_the_table_can_be_drawn(theme: Theme) -> None:
    for name in ICONS:
        image = theme.icon(name).pixmap(20, 20).toImage()
        assert any(image.pixelColor(x, y).alpha() for x in range(20) for y in range(20)), name


def test_the_window_has_its_own_mark(qapp: QApplication) -> None:
    image = window_icon().pixmap(64, 64).toImage()
    assert image.pixelColor(32, 32).alpha() == 255
