"""Text as platforms, browsers and people see it: signs, links, lengths."""
