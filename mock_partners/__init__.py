"""Every outside party, playable: real protocols, invented people."""
