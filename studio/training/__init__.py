"""Training: what a run is to do, planned and written down; the work itself is done by `workers.train`."""
