"""The media of an application: their facts, categories, covers and pictures; finding them."""
