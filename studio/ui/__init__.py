"""The window: theme, shell and a folder for each tab; holds no rule, no file access and no arithmetic."""
