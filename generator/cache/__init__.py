"""What stays between builds: results, ledgers, and who may touch them when."""
