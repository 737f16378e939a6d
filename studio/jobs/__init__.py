"""Jobs: talking to worker processes, run folders, and what the machine is doing."""
