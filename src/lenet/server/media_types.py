"""The content types of requests and answers."""

from __future__ import annotations

JSON = "application/json"
BYTES = "application/octet-stream"
NPY = "application/x-npy"
ZIP = "application/zip"
HTML = "text/html"
TEXT = "text/plain"
UTF8 = "; charset=utf-8"
