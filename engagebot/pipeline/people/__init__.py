"""What people do with a customer's record: keep it, link it, hand it out and forget it."""
