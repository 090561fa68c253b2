"""Exastro IT Automation: its maintenance mode, what runs in it, and one switch at a time."""
