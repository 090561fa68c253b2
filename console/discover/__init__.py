"""Drafts an estate from what is there; a person checks every guess."""
