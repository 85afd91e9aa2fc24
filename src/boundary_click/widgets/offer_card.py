"""A card that offers to go on where the user was."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from boundary_click.widgets.buttons import button
from boundary_click.widgets.looks import Colours

if TYPE_CHECKING:
    from boundary_click.io.project.automatic import Earlier


class OfferCard(QFrame):
    """Says what was done on the image before; hidden if nothing was."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("offer_card")
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.RichText)
        self.go_on = button("Go on", "Show its objects, with their clicks, and keep on saving them")
        self.go_on.setObjectName("go_on")
        self.anew = button("Start anew", "Leave it where it is, and begin without objects")
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.go_on, 1)
        row.addWidget(self.anew, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 10)
        layout.setSpacing(6)
        layout.addWidget(self._text)
        layout.addLayout(row)
        self.setVisible(False)

    def show_offer(self, offer: Earlier | None) -> None:
        """Offer earlier work, or nothing."""
        self.setVisible(offer is not None)
        if offer is not None:
            what = "1 object" if offer.objects == 1 else f"{offer.objects} objects"
            when = in_words(offer.saved, datetime.now().astimezone())
            self._text.setText(f"You made <b>{what}</b> on this image {when}.")

    def use_colours(self, colours: Colours) -> None:
        """Look like the rest of napari."""
        self.setStyleSheet(
            f"#offer_card {{ background: {colours.card}; border-radius: 4px; }}"
            f"#offer_card QLabel {{ background: transparent; color: {colours.text}; }}"
            f"#offer_card QPushButton#go_on {{ background: {colours.accent}; font-weight: bold; }}"
        )


def in_words(moment: datetime, now: datetime) -> str:
    """Return a moment as one would say it."""
    moment = moment.astimezone(now.tzinfo)
    if moment.date() == now.date():
        return f"today at {moment:%H:%M}"
    if moment.date() == (now - timedelta(days=1)).date():
        return f"yesterday at {moment:%H:%M}"
    return f"on {moment.day} {moment:%B %Y}"
