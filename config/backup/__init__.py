"""Backup and restore: the database of one moment, the secret key, and a list of the files that belong to it."""
