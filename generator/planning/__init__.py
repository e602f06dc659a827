"""What a build has to make: the entries of the config as tasks, each with its key."""
