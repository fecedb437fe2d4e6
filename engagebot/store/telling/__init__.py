"""News for people, and the channels it takes."""
