"""Other simulators running our brains, each in a process of its own, which prints one line of JSON."""
