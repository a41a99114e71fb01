"""What the benchmarks start: the service, what it is compared with, and what they talk to."""
