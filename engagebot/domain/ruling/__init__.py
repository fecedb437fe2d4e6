"""Rule sets at work: why they decided so, what another would have done, and when to ask again."""
