"""The daemon that notices what is due."""
