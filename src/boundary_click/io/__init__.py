"""Files: checkpoints, data sets, clicks and masks."""
