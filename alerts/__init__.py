"""Warnings and mail: decide (pure), remember, write the message, deliver each one once."""
