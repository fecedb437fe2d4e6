"""The people who speak of us: what is kept of them, how they feel, who may leave."""
