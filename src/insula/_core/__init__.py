"""What every floor stands on: protocols, signals, lazy and late references."""
