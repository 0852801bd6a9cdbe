"""One module for each kind of attack; `tools/attack.py` runs them."""
