"""What was heard: how well it was judged, what people correct, copies, and words that must go."""
