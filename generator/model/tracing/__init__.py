"""What runs in a forward pass, in which order, and what each layer depends on."""
