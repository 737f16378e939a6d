"""Owns drawing figures with their intervals as inline SVG; knows no page. Colours come from the page's style."""

from collections.abc import Sequence
from dataclasses import dataclass

from studio.evaluation.html import Html, tag
from studio.evaluation.plain_words import shown
from studio.evaluation.summary import Figure

_WIDTH, _LEFT, _RIGHT, _ROW, _HEAD = 860, 240, 190, 26, 22
_LETTERS, _END = 30, 12


@dataclass(frozen=True, slots=True)
class Bar:
    """A line of a chart: whose figure it is. `own` is drawn in the accent, the others in grey."""

    label: str
    figure: Figure | None
    own: bool = True


def chart(title: str, bars: Sequence[Bar]) -> Html:
    """A dot a figure on a common scale, its 95% interval as a line; shares from 0 to 100%, else from 0 to the most."""
    height = _HEAD + _ROW * len(bars)
    most = _most(bars)
    lines = [_grid(share, most, bars, height) for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    rows = [part for number, bar in enumerate(bars) for part in _row(bar, _HEAD + _ROW * number, most)]
    told = "; ".join(f"{bar.label} {shown(bar.figure)}" for bar in bars)
    return tag(
        "svg", *lines, *rows, viewBox=f"0 0 {_WIDTH} {height}", xmlns="http://www.w3.org/2000/svg",
        role="img", aria_label=f"{title}: {told}",
    )  # fmt: skip


def _most(bars: Sequence[Bar]) -> float:
    figures = [bar.figure for bar in bars if bar.figure is not None and bar.figure.value is not None]
    if all(figure.unit == "share" for figure in figures):
        return 1.0
    return max((figure.high or figure.value or 0.0 for figure in figures), default=1.0) or 1.0


def _x(value: float, most: float) -> float:
    room = _WIDTH - _LEFT - _RIGHT
    return round(_LEFT + room * min(1.0, max(0.0, value / most)), 1)


def _grid(share: float, most: float, bars: Sequence[Bar], height: int) -> Html:
    x = _x(share * most, most)
    is_share = any(bar.figure is not None and bar.figure.unit == "share" for bar in bars)
    word = f"{share:.0%}" if is_share else f"{share * most:.3g}"
    line = tag("line", x1=x, x2=x, y1=_HEAD - 6, y2=height, stroke="currentColor", class_="grid")
    return tag("g", line, tag("text", word, x=x, y=12, text_anchor="middle", class_="soft"))


def _row(bar: Bar, top: int, most: float) -> list[Html]:
    middle, kind = top + _ROW / 2, " own" if bar.own else ""
    label = bar.label
    if len(label) > _LETTERS:  # names of files differ at their ends
        label = f"{label[: _LETTERS - _END - 1]}…{label[-_END:]}"
    parts = [tag("text", tag("title", bar.label), label, x=0, y=middle + 4)]
    figure = bar.figure
    if figure is not None and figure.value is not None:
        low, high, at = (
            _x(figure.value if one is None else one, most) for one in (figure.low, figure.high, figure.value)
        )
        parts.append(tag(
            "line", x1=low, x2=high, y1=middle, y2=middle, stroke="currentColor", stroke_width=3,
            stroke_linecap="round", class_=f"span{kind}",
        ))  # fmt: skip
        parts.append(tag("circle", cx=at, cy=middle, r=5, fill="currentColor", class_=f"dot{kind}"))
    parts.append(tag("text", shown(figure), x=_WIDTH - _RIGHT + 16, y=middle + 4, class_="soft"))
    return parts
