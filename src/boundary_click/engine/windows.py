"""Which part of the image the selection network looks at, and at what zoom."""

from __future__ import annotations

from boundary_click.core.geometry import Box, Window


def square_window(
    centre: tuple[float, float], side: float, shape: tuple[int, int], size: int
) -> Window:
    """Return a square window of the image, moved inside it where it fits.

    Parameters
    ----------
    centre : tuple of float
        (row, col) in edge coordinates.
    side : float
        Side in image pixels; a side longer than the image is kept, so that the zoom is.
    shape : tuple of int
        ``(H, W)`` of the image.
    size : int
        Side of the network input, in pixels.
    """
    box = Box.square(*centre, side).shifted_into(Box.of_image(shape))
    return Window(box, size)
