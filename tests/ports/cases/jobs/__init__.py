"""The interfaces of a job queue, for producers, workers and administrators."""
