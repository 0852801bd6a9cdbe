"""LiteRT (TensorFlow Lite) files in float32 and 8 bits."""
