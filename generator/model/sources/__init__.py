"""Where networks come from: by name, from a package, from a factory, from a file."""
