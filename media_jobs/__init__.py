"""Media, uploads, tasks and jobs: the life of the work."""
