"""What leaves the workspace: published versions of a model by name, game packs, files for other programs, an export."""
