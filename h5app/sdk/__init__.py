"""The module that partners' pages load, one folder a release; the newest is the one in `sdk/js`."""
