"""What the processes of a benchmark run; peers.py says how they are spoken to."""
