"""Words: what the console says, in the reader's language, and how it writes numbers, seconds and states."""
