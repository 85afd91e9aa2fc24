"""Models in the formats of other programs."""

SUFFIXES = {"safetensors": ".safetensors", "onnx": ".onnx", "bioimageio": ".zip"}
"""How a file of each format ends."""
