"""The interface of a forge: repositories, issues, pull requests, releases."""
