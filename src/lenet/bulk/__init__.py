"""Batch prediction: archives of any size, in shards, each predicted exactly once.

Rules: a shard's files depend on the manifest and the input alone, not on who writes them, when or how often.
"""
