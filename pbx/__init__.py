"""The PBX settings: model, rules and routing decisions. Built by the sixth capability; the room is kept free here."""
