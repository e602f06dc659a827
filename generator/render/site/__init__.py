"""The finished site: built beside the old one, made offline, checked, swapped in."""
