"""Audit: what should not be learnt, said by heuristics, by a model as judge and by people, and whose word counts."""
