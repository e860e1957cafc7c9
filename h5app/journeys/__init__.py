"""Journeys: tasks of several screens in a fixed order, with saved answers, a way back and progress."""
