"""Files for programs and scripts to read: ``manifest.json``, and what cards read of a layer."""
