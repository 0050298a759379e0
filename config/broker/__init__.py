"""The embedded broker: a transport of kombu's over an SQLite file, for an installation on one machine."""
