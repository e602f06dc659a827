"""Small tools that know nothing of galleries: files, their stamps, sizes, names, reports."""
