"""Made-up posts about a made-up brand, so that the whole program can be seen without keys."""

from connectors.demo.connector import open_connector

__all__ = ["open_connector"]
