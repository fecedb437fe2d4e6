"""What was heard: mentions, what was judged and decided of them, and how they are forgotten."""
