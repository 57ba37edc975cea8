"""Settings of this computer. Not under version control: the key is secret."""

SECRET_KEY = "@secret@"
