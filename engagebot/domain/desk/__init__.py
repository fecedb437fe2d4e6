"""The desk: in which order drafts stand, how they are searched, and how people work there."""
