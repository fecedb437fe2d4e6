"""Replies on their way out: what holds them back, and what makes them risky."""
