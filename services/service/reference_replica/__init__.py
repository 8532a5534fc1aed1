"""How current the reference data of service is in this region (PLT-4)."""
