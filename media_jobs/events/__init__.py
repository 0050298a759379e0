"""What happened, told to those who want to know: the outbox, callbacks, and the reliable queue."""
