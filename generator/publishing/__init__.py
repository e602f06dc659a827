"""A finished gallery on its way to readers."""
