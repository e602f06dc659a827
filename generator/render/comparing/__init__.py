"""A gallery beside the one that it replaces: what came, what went, what was redrawn."""
