"""The rooms of redaction: spelling (fold), values behind cues, numbers, names, places. `pipeline.intake.redact` is the door."""
