"""What readers did with a message, as far as it is counted: clicks and opens of a subject test."""
