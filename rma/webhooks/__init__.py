"""The way out of the house for events: requests to endpoints that somebody outside runs."""
