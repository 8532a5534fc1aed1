"""Referrals: leads that a partner works on (PRM-3), as far as marketing is concerned."""
