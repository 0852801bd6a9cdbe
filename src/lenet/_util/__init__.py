"""Helpers without knowledge of letters: files and their types, JSON, random numbers, paths, subprocesses.

Rules: imports the standard library, NumPy and errors only.
"""
