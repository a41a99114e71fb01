"""What is asked, and the sums that answer it; none of them reads events."""
