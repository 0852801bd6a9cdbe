"""Render the first page of a PDF document with pypdfium2."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lenet._util.budget import SECONDS
from lenet.errors import DataError

if TYPE_CHECKING:
    from PIL import Image

LONGER_SIDE = 2000  # pixels


def render_first_page(file: Path | io.BytesIO) -> Image.Image:
    """Return the first page, dark on white, 2,000 pixels on its longer side.

    Args:
        file: the path or the bytes of the document.

    Raises:
        DataError: the document cannot be opened, has no page, or takes more than 10 seconds.
    """
    import pypdfium2 as pdfium
    from pypdfium2 import raw

    path = file if isinstance(file, Path) else "picture"
    try:
        document = pdfium.PdfDocument(file)
    except pdfium.PdfiumError as error:
        raise DataError(f"{path}: the PDF cannot be read ({error}); save the page as PNG") from None
    try:
        if len(document) == 0:
            raise DataError(f"{path}: no page in it; save the page as PNG")
        page = document[0]
        scale = LONGER_SIDE / max(1, *page.get_size())
        width, height = (max(1, round(side * scale)) for side in page.get_size())
        bitmap = pdfium.PdfBitmap.new_native(width, height, raw.FPDFBitmap_BGR)
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
        pause = _pause_after(SECONDS)
        box = (0, 0, width, height)
        status = raw.FPDF_RenderPageBitmap_Start(bitmap, page, *box, 0, raw.FPDF_ANNOT, pause)
        raw.FPDF_RenderPage_Close(page)
        if status != raw.FPDF_RENDER_DONE:
            raise DataError(f"{path}: the page does not render in {SECONDS:g} seconds; save it as PNG")
        picture: Image.Image = bitmap.to_pil().convert("L")
        return picture
    finally:
        document.close()


def _pause_after(seconds: float) -> Any:
    """Return the structure that ends rendering after some time."""
    from pypdfium2 import raw

    end = time.thread_time() + seconds
    pause = raw.IFSDK_PAUSE()
    pause.version = 1
    kind = dict(raw.IFSDK_PAUSE._fields_)["NeedToPauseNow"]
    pause.NeedToPauseNow = kind(lambda _: int(time.thread_time() > end))
    return pause
