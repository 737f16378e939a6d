"""The first-run page: what the studio does, and the whole path from the samples to the first model."""
