"""Minutes of everything that can go wrong at once, over two workers: `make soak`."""
