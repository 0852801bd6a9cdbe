"""Figures -> HTML, plots and Markdown.

Rules: computes nothing that a room above could; writes what it is given.
"""
