"""Listening: are we deaf, since when, and what does it cost."""
