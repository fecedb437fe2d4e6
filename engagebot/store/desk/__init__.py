"""What the review desk shows, and what the people at it are doing."""
