"""Keeping an instance well: backup and restore, the doctor, metrics and the log."""
