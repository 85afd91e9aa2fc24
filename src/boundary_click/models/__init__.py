"""Networks and losses. Nothing here knows of clicks: they arrive as channels."""
