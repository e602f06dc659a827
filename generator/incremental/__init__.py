"""What a site was built from, noted so that the next build can tell whether anything changed."""
