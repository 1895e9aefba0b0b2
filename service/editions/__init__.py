"""What goes in which issue: planning, selecting, freezing."""
