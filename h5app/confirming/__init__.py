"""From a form to an order: actions, intents, saved forms, step-up, submission."""
