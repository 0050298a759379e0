"""Files that are no proper video: made ones, always the same, and any folder of others, through the whole HTTP path."""
