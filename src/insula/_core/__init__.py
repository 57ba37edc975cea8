"""What every floor stands on: errors, protocols, signals, lazy attributes, late references."""
