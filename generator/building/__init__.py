"""The stages of a build, from a config to drawn pictures; `generator.pipeline` runs them."""
