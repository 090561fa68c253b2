"""What the console does without a screen, a file a command."""
