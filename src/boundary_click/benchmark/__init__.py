"""Measuring a model with a simulated user: clicks, quality and speed."""
