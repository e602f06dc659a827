"""What a cache folder holds, and making room in it."""
