"""Where code runs: event loops, worker threads, and the way from one to the other."""
