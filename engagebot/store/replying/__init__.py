"""Replies on their way out, and what holds them back."""
