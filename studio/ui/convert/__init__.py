"""The Convert tab: a run, how to pack its weights, the steps, and the result beside the unconverted model."""
