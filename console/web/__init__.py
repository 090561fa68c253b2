"""HTTP addresses of the estate: asked by GET, read as JSON, never believed blindly."""
