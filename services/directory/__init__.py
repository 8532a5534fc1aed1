"""Directory: who people are, what they may do, and the tokens that say so (PLT-2)."""
