"""Stories told in files of their own, by topic; each brings its scenarios."""
