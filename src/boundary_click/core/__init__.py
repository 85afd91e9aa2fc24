"""Arrays, clicks and coordinates: numpy and scipy only."""
