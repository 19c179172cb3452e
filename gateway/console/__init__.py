"""The support team's console: pages rendered here, live over a WebSocket, everything under /console behind a login."""
