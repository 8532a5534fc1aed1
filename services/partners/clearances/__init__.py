"""What the hub decided about deals of all regions for the same customer and product line (PRM-4, PLT-4)."""
