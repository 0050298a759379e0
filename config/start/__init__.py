"""From nothing to processes that run: checks of what is there, the first start, the supervisor."""
