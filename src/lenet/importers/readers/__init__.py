"""Readers of other programs' model files; each yields the same chain of layers."""
