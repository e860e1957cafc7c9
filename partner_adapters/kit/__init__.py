"""Parts shared by every program. The kit imports nothing else of ours."""
