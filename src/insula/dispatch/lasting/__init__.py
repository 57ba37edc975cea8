"""What lasts longer than a request: serving itself, background work, event streams."""
