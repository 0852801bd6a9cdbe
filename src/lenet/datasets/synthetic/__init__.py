"""Synthetic outliers: drawings and characters that are not letters, to learn to reject."""
