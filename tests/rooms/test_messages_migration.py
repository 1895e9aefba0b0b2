"""Sentences that older versions stored become messages, and sentences again."""
