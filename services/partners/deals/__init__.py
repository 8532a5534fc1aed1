"""Deal registrations: at most one protected deal for a customer and product line (PRM-4)."""
