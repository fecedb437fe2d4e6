"""Rule sets as they went live, and how their rules fare."""
