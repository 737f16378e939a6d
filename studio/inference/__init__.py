"""Play: engines that answer, and sessions in which the model narrates and the rules decide."""
