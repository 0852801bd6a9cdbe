"""Measure a model on data sets: predictions, calibration, robustness, comparability, label errors.

Rules: only this room opens the test parts of EMNIST; figures are values, which `reports` writes.
"""
