"""Tasks and their jobs: submitting, leasing, running in the engine, and ending."""
