"""One module a group of actions; each lists its own in ACTIONS."""
