"""What h5app and the bank use to talk to every outside party, and the rooms they share."""
