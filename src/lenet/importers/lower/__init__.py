"""Lower a chain of other programs' layers to a specification and its parameters."""
