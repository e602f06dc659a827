"""``python -m generator`` is ``cnn-gallery``."""

from generator.cli import main

main()
