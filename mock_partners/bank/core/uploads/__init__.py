"""Files on their way from customers: pieces that go on after a broken line, sealed as they arrive."""
