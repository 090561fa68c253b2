"""Flows: what stages show by themselves, and what that means in their order."""
