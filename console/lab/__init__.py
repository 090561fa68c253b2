"""The lab: a demo estate of real local servers, and the scenarios that break them."""
