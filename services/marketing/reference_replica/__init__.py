"""How current the reference data of marketing is in this region (PLT-4)."""
