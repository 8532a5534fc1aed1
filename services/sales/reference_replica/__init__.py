"""How current the reference data of sales is in this region (PLT-4)."""
