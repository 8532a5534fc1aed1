"""Attribution: which campaign gets the credit for won revenue (MKT-8)."""
