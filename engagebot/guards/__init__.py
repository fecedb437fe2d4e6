"""Advice on a reply before it leaves: marks and suggestions, never a changed word."""

from engagebot.guards.guarding import Guards, load_guards

__all__ = ["Guards", "load_guards"]
