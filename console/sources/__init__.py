"""What the console asks: one file a source, one line here."""
