"""Partner programmes: tiers, what they ask and what they give (PRM-1)."""
