"""The Train tab: a form, the run as it goes, what the machine does, and the list of runs."""
