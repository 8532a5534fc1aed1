"""Sales: customers, opportunities, handovers, activities, catalogue, quotes and orders."""
