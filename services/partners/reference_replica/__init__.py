"""How current the reference data of partners is in this region (PLT-4)."""
