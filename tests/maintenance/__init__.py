"""The phases of a maintenance: histories of looks, and what is said of them."""
