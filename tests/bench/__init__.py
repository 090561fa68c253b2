"""The figures: `make bench` prints each with the machine, the commit and its inputs."""
