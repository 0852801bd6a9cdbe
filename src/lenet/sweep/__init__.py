"""Many trainings: configurations from a file, their results in one table, and what they show."""
