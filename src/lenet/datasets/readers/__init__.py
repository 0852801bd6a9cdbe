"""Readers: one module a file format, each from files to images and labels or drawings."""
