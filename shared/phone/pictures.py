"""QR codes as pictures: read from a PNG or JPEG, drawn as PNG."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from shared.bus.errors import Malformed

if TYPE_CHECKING:  # the libraries are loaded when a picture comes
    from PIL import Image

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
SCALE = 6
"""Pixels of one module of a drawn code."""


def read_qr(picture: bytes) -> str:
    """The text of the only QR code in a picture.

    Malformed ``phone-picture-malformed`` for what is no picture or is too large, ``phone-qr-missing`` for a
    picture without a QR code that can be read, ``phone-qr-several``.
    """
    import zxingcpp
    from PIL import Image, UnidentifiedImageError

    if len(picture) > MOST_BYTES:
        raise Malformed("phone-picture-malformed", "the picture has more than 10 MB")
    try:
        with Image.open(io.BytesIO(picture), formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Malformed("phone-picture-malformed", "the picture has more than 40 million points")
            grey = _flatten(image)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        raise Malformed("phone-picture-malformed", "the file is no picture (PNG, JPEG, GIF, WebP)") from None
    codes = zxingcpp.read_barcodes(grey, zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode]))
    texts = {code.text for code in codes}
    if not texts:
        raise Malformed("phone-qr-missing", "the picture has no QR code that can be read")
    if len(texts) > 1:
        raise Malformed("phone-qr-several", "the picture has several QR codes")
    return str(texts.pop())


def _flatten(image: Image.Image) -> Image.Image:
    """The picture in grey, on white where it is transparent."""
    coloured = image.convert("RGBA")
    paper = coloured.copy()
    paper.paste("white", (0, 0, *coloured.size))
    paper.alpha_composite(coloured)
    return paper.convert("L")


def draw_qr(text: str) -> bytes:
    """A PNG with the QR code of a text."""
    import segno

    output = io.BytesIO()
    segno.make(text, error="m", micro=False).save(output, kind="png", scale=SCALE, border=4)
    return output.getvalue()
