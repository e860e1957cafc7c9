-- Statements are parted by empty lines. The owner of the tables fills the new columns of old rows, so the triggers that
-- forbid every change rest until `0009_keeping` wakes them, in the same transaction.
ALTER TABLE journal DISABLE TRIGGER journal_unchanged;

ALTER TABLE ledger_account DISABLE TRIGGER ledger_account_moves_by_posting;

ALTER TABLE journal ADD COLUMN subject_kind VARCHAR(16), ADD COLUMN subject_id VARCHAR(32),
  ADD COLUMN reverses VARCHAR(32);

ALTER TABLE ledger_account ADD COLUMN role VARCHAR(48), ADD COLUMN owner_id VARCHAR(32);
