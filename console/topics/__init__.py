"""A topic as an act sees it: how it stands, who reads it, where a group goes on."""
