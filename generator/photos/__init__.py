"""The user's pictures, and what a network and people are shown of them."""
