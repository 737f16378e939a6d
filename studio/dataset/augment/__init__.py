"""Variants of scenarios that stay true to the rules."""

from studio.dataset.augment.parents import AUGMENTED, NotAParent, refusal
from studio.dataset.augment.variants import KINDS, Augmented, Variant, augmented, variants

__all__ = ["AUGMENTED", "KINDS", "Augmented", "NotAParent", "Variant", "augmented", "refusal", "variants"]
