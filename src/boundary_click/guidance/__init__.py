"""Guidance maps: clicks as image channels. No torch here."""
