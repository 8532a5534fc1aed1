"""What only one record may hold at a time, such as the right to sell to a customer."""
