"""What a built network says of sentences."""
