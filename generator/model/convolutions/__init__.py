"""How convolutions are computed: fast, and on a torus."""
