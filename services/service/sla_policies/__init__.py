"""SLA policies: what is promised, and who hears when time runs out (SVC-2)."""
