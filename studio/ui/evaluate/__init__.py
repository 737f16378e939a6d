"""The Evaluate tab: models down, suites across; what each came to, case by case, beside its rivals."""
