"""From arrays to pixels, and from pixels to files."""
