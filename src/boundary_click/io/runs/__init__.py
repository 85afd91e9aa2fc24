"""Training runs on disk: what a run keeps in its folder, says and is told to do."""
