"""A better model from collected letters, with proof: export, audit, training, gate, report."""
