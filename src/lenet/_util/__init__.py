"""Helpers without knowledge of letters: files, JSON, random numbers, HTML, paths, subprocesses.

Rules: imports the standard library, NumPy and errors only.
"""
