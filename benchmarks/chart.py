"""The figures as a picture: a bar for each ratio, and a mark where it must be."""

from html import escape
from typing import Final

from benchmarks.measuring import Result, Run

__all__ = ["svg"]

_WIDTH: Final = 760
_NAME: Final = 230
_ROW: Final = 30
_TOP: Final = 44
_SCALE: Final = 80.0  # pixels for one time the reference
_MOST: Final = 6.0
_FONT: Final = 'font-family="sans-serif" font-size="13" fill="#808080"'


def svg(run: Run) -> str:
    """An SVG picture, whose colours are legible on light and on dark pages."""
    height = _TOP + _ROW * len(run.results) + 30
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" {_FONT}>',
        '<text x="8" y="18">How many times as good as the reference (1 is as good)</text>',
    ]
    for times in range(int(_MOST) + 1):
        x = _NAME + times * _SCALE
        lines += [
            _line(x, _TOP - 12, height - 24, "#808080" if times == 1 else "#80808040"),
            f'<text x="{x}" y="{height - 8}" text-anchor="middle">{times}x</text>',
        ]
    for row, result in enumerate(run.results):
        lines += _bar(result, _TOP + row * _ROW)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _bar(result: Result, y: int) -> list[str]:
    figure = result.figure
    ratio, must = result.ratio(figure.reference).median, figure.must
    if figure.less_is_better:
        ratio, must = 1 / ratio, 1 / must
    length, mark = min(ratio, _MOST) * _SCALE, _NAME + must * _SCALE
    colour = "#2f9e6e" if result.holds else "#d1793b"
    return [
        f'<text x="{_NAME - 8}" y="{y + 13}" text-anchor="end">{escape(figure.name)}</text>',
        f'<rect x="{_NAME}" y="{y}" width="{length:.0f}" height="18" fill="{colour}"/>',
        _line(mark, y - 3, y + 21, "#d04a4a"),
        f'<text x="{_NAME + length + 6:.0f}" y="{y + 13}">{ratio:.2f}x</text>',
    ]


def _line(x: float, top: float, bottom: float, colour: str) -> str:
    return f'<path d="M{x:.0f} {top:.0f}V{bottom:.0f}" stroke="{colour}"/>'
