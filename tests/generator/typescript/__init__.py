"""What TypeScript makes of declarations and of their use, and Python made from TypeScript."""
