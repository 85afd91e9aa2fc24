"""Small pictures of the symbols that clicks have in the viewer."""

from __future__ import annotations

from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from boundary_click.core.clicks import ClickKind
from boundary_click.widgets.layers import COLOURS

_SIDE = 32  # drawn large, shown small


def kind_icon(kind: ClickKind) -> QIcon:
    """Return the symbol of a kind of click, in its colour."""
    pixmap = QPixmap(_SIDE, _SIDE)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor("black"), 2))
    painter.setBrush(QColor(COLOURS[kind]))
    painter.drawPath(_outline(kind))
    painter.end()
    return QIcon(pixmap)


def _outline(kind: ClickKind) -> QPainterPath:
    path = QPainterPath()
    if kind == "boundary":
        corners = [QPointF(16, 3), QPointF(29, 16), QPointF(16, 29), QPointF(3, 16)]
        path.addPolygon(QPolygonF(corners))
        path.closeSubpath()
        return path
    path.addRect(QRectF(3, 11, 26, 10))
    if kind == "positive":
        upright = QPainterPath()
        upright.addRect(QRectF(11, 3, 10, 26))
        path = path.united(upright)
    return path
