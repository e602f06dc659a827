"""cnn-gallery: a convolutional network as a browsable gallery.

The package is a pipeline of rooms; data flows one way through them::

    config -> plan -> compute -> cache -> render -> site
"""

__version__ = "0.1.0"
