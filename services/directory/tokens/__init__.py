"""Access tokens: made, exchanged, and the keys that check them."""
