"""Insula: Flask's programming model, built so that every request is an island."""
