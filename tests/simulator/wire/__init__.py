"""What a shop's changes look like on the wire: hub messages of both dialects, beacon events."""
