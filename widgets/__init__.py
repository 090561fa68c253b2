"""The screen of the on-call console: values in, messages out."""
