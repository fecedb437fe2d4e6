"""The people who speak of us, and what is kept of them."""
