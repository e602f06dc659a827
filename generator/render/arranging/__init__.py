"""Which pictures belong together, which come first, and which stand for others."""
