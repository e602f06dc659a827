"""A new gallery for a network that nobody wrote a config for yet."""
