"""The command `crieur`: one file a noun, each loaded only when it is called."""
