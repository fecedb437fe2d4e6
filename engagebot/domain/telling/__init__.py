"""What people are told, in which words, and what they press."""
