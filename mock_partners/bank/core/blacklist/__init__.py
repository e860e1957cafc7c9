"""The bank's own list of persons and businesses it does not lend to (黑名单). Two persons make each change."""
