"""Weights from files, as training scripts leave them."""
