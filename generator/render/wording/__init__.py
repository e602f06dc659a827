"""What pages say: names, numbers, captions and sentences, and the escaping of any text."""
