"""Contracts between running peers."""
