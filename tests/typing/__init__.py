"""What type checkers make of generated code and of its use."""
