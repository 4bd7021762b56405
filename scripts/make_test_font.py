"""Makes `tests/data/tiny.ttf`: a font of one square, for A to Z and a to z.

python -m scripts.make_test_font
"""

from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

TARGET = Path(__file__).resolve().parent.parent / "tests" / "data" / "tiny.ttf"
_LETTERS = [*range(ord("A"), ord("Z") + 1), *range(ord("a"), ord("z") + 1)]


def make(target: Path = TARGET) -> None:
    """Write the font."""
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder([".notdef", "square"])
    font.setupCharacterMap(dict.fromkeys(_LETTERS, "square"))
    font.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "square": _square()})
    font.setupHorizontalMetrics({".notdef": (500, 0), "square": (700, 100)})
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupNameTable({"familyName": "Tiny Squares", "styleName": "Regular"})
    font.setupOS2(sTypoAscender=800, sTypoDescender=-200)
    font.setupPost()
    font.font.recalcTimestamp = False
    font.updateHead(created=0, modified=0)
    font.save(target)


def _square() -> object:
    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    for point in ((100, 500), (600, 500), (600, 0)):
        pen.lineTo(point)
    pen.closePath()
    return pen.glyph()


if __name__ == "__main__":
    make()
