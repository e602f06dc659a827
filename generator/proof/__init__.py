"""Whether a finished site shows what its network gives."""
