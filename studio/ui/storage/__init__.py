"""The Storage page: what lies on disk for training and play, and giving its room back."""
