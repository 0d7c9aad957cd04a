"""What a person's right to be forgotten asks for: where values of a person stand, and forgetting the person."""
