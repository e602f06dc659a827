"""``python -m generator`` is ``cnn-gallery``."""

from generator.cli.main import main

if __name__ == "__main__":  # processes that a build starts read this file too
    main()
