"""brainsim."""
