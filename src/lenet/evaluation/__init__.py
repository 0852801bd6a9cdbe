"""Model + Dataset -> figures: predictions, calibration, corruptions, comparability, label errors.

Rules: nothing below this room is imported; only this room opens the test parts of EMNIST.
"""
