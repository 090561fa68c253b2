"""The on-call console without a screen: sources, judgement, acts, journal."""
