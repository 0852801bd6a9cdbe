"""From a chain of other programs' layers to this project's specification and weights."""
