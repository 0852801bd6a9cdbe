"""Model + drawing -> Recognition: what `import lenet` is for.

Rules: imports no data set and no training.
"""
