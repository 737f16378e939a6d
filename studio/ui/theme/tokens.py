"""Owns every literal colour and measure of the window; knows no widget.

A test holds that no other file of the window writes a colour down.
"""

from dataclasses import dataclass, fields

SPACE_4, SPACE_8, SPACE_12, SPACE_16, SPACE_24 = 4, 8, 12, 16, 24
RADIUS_6, RADIUS_10 = 6, 10
SIZE_SMALL, SIZE_BODY, SIZE_TITLE, SIZE_DISPLAY = 12, 13, 15, 20
TEXT_FAMILY, MONO_FAMILY = "Inter", "JetBrains Mono"

ZOOMS = (0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0)
"""The steps of the window's zoom."""


@dataclass(frozen=True, slots=True)
class Colours:
    """One theme: a neutral ramp of nine, an accent, the blocks of a scenario and the severities."""

    ground: str
    base: str
    panel: str
    raised: str
    line: str
    line_strong: str
    muted: str
    secondary: str
    text: str
    accent: str
    on_accent: str
    system: str
    user: str
    dm: str
    toolcall: str
    error: str
    warning: str
    hint: str


DARK = Colours(
    ground="#0f1116",
    base="#15181f",
    panel="#1b1f28",
    raised="#262b36",
    line="#2c323f",
    line_strong="#4a5264",
    muted="#99a2b5",
    secondary="#c5ccd9",
    text="#eef0f5",
    accent="#f0a561",
    on_accent="#1f1408",
    system="#b6a2f5",
    user="#78b6f5",
    dm="#6fcfae",
    toolcall="#f095bf",
    error="#f58080",
    warning="#eccb55",
    hint="#93b7cc",
)

LIGHT = Colours(
    ground="#eaecf1",
    base="#ffffff",
    panel="#f6f7f9",
    raised="#e6e9ef",
    line="#d8dde6",
    line_strong="#a3acbc",
    muted="#566073",
    secondary="#373f4f",
    text="#151922",
    accent="#9c4b0c",
    on_accent="#ffffff",
    system="#6a45c9",
    user="#14619f",
    dm="#0c6b50",
    toolcall="#a82a6c",
    error="#b3261e",
    warning="#7a5600",
    hint="#38627c",
)


def names() -> tuple[str, ...]:
    """The names of all colours of a theme."""
    return tuple(field.name for field in fields(Colours))


def channels(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of a colour, from 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mixed(over: str, under: str, share: float) -> str:
    """`share` of the colour `over` laid on `under`, as an opaque colour."""
    pairs = zip(channels(over), channels(under), strict=True)
    return "#" + "".join(f"{round(top * share + bottom * (1 - share)):02x}" for top, bottom in pairs)


def _luminance(colour: str) -> float:
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours by WCAG 2, from 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
