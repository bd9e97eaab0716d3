"""The day's door: the companion service's HTTP process. Built by the sixth capability; the room is kept free here."""
