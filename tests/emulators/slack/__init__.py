"""Slack on loopback: the Web API, Socket Mode, response addresses, and people who press buttons."""

from tests.emulators.slack.server import Pressed, SlackEmulator

__all__ = ["Pressed", "SlackEmulator"]
