"""Carries an edition on: builds it, finishes it, resumes and resends it, counts its failures."""
