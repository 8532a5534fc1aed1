"""Business units: the tree of the company."""
