"""Listening: watches and how they fare, what was not heard, what it cost, who is not listened to."""
