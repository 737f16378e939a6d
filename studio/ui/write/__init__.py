"""The Write tab: scenarios as a tree, editors with colours and squiggles, a preview of the play."""
