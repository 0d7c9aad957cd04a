"""What a person's right to be forgotten asks for. Today: where values of a person stand."""
