"""SLA clocks: measuring promises in working time (SVC-2)."""
