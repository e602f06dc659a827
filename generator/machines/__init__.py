"""Who computes: this process, other processes of this machine, or a cluster."""
