"""Interfaces of products as they are, written as their engineers would, and used."""
