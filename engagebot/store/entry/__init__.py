"""Who works here, and with which keys they come in."""
