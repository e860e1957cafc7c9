"""One file for each thing a citizen does: `show` answers GET, `submit` answers POST."""
