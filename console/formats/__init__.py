"""How moments are written in each language, where Django's own way isn't the console's (FORMAT_MODULE_PATH)."""
