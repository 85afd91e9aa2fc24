"""From clicks to masks, and the simulated user."""
