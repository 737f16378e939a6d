"""The Data tab: sources on the left, the examples with their verdicts in the middle, the balance on the right."""
