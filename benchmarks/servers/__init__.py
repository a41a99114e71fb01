"""The servers of the benchmarks: the service, the baselines, and the upstream."""
