"""EMNIST: its six splits, its files in all common formats, and the download from NIST."""
