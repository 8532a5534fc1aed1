"""Price books: list prices by region, currency and channel (SAL-4)."""
