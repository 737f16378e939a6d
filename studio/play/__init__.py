"""Play: a session as a log of changes folded into a tree, in which the model narrates and the rules decide."""
