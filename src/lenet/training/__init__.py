"""Dataset -> Model: recipes, the training loop, distillation, checkpoints, history.

Rules: opens no test data.
"""
