"""Partner relationship management: partners, deal registrations, referrals, commissions."""
