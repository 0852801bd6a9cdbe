"""A PyTorch module as source code, with its weights."""
