"""Cases: what a customer went through, the clocks that run, and what helped."""
