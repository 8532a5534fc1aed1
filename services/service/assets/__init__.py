"""Assets: installed products with their warranty (SVC-8)."""
