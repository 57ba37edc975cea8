"""WebSockets: the handshake, the conversation, and its end."""
