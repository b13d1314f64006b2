"""Bar codes: Code 128 (ISO/IEC 15417), code set B, and the picture of a code as SVG."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

_TABLE = """
212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222
123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321
232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121
313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224
111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111
111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113
114311 411113 411311 113141 114131 311141 411131 211412 211214 211232
"""
"""The widths of bars and spaces of the symbols 0 to 105, in modules; the standard's table 1."""
_PATTERNS = tuple(_TABLE.split())

START_B, STOP, MODULUS = 104, "2331112", 103
QUIET = 10
"""Modules without a bar on each side."""
HEIGHT = 60


def encode(text: str) -> str:
    """The widths of bars and spaces in modules, a bar first.

    ValueError for an empty text, and for a character that code set B does not have (U+0020 to U+007E).
    """
    values = [ord(character) - 32 for character in text]
    if not values or not all(0 <= value <= 94 for value in values):
        raise ValueError("Code 128 B has the characters from space to tilde")
    checksum = (START_B + sum(place * value for place, value in enumerate(values, 1))) % MODULUS
    return "".join(_PATTERNS[symbol] for symbol in (START_B, *values, checksum)) + STOP


def list_bars(text: str) -> Iterator[tuple[int, int]]:
    """The bars from left to right: offset and width in modules, after the quiet zone."""
    offset = QUIET
    for place, width in enumerate(map(int, encode(text))):
        if place % 2 == 0:
            yield offset, width
        offset += width


def draw_svg(text: str) -> str:
    """The bar code as an SVG element that scales; it needs no style and no script."""
    width = sum(map(int, encode(text))) + 2 * QUIET
    bars = "".join(f"M{offset} 0h{bar}v{HEIGHT}h-{bar}z" for offset, bar in list_bars(text))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" width="{2 * width}" '
        f'height="{2 * HEIGHT}" role="img"><title>{escape(text)}</title>'
        f'<rect width="{width}" height="{HEIGHT}" fill="#fff"/><path d="{bars}" fill="#000"/></svg>'
    )
