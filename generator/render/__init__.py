"""From records to a finished site. Nothing here imports torch."""
