-- Statements are parted by empty lines.
ALTER TABLE ledger_account ALTER COLUMN balance_fen DROP NOT NULL, ALTER COLUMN last_posting_id DROP NOT NULL,
  DISABLE TRIGGER ledger_account_moves_by_posting;

ALTER TABLE posting ALTER COLUMN debit_after_fen DROP NOT NULL, ALTER COLUMN credit_after_fen DROP NOT NULL,
  DISABLE TRIGGER posting_unchanged;

UPDATE posting p SET
  debit_after_fen = CASE WHEN d.floor_fen IS NOT NULL THEN p.debit_after_fen END,
  credit_after_fen = CASE WHEN c.floor_fen IS NOT NULL THEN p.credit_after_fen END
FROM ledger_account d, ledger_account c
WHERE d.bank_id = p.bank_id AND d.code = p.debit_code AND c.bank_id = p.bank_id AND c.code = p.credit_code;

UPDATE ledger_account SET balance_fen = NULL, last_posting_id = NULL WHERE floor_fen IS NULL;

ALTER TABLE posting ENABLE TRIGGER posting_unchanged;

ALTER TABLE ledger_account ENABLE TRIGGER ledger_account_moves_by_posting,
  ADD CONSTRAINT ledger_account_balance_stored_with_floor
  CHECK ((floor_fen IS NULL) = (balance_fen IS NULL) AND (floor_fen IS NULL) = (last_posting_id IS NULL));

-- As in 0001, for the accounts that store a balance. A posting states no balance of the others.
CREATE OR REPLACE FUNCTION posting_moves_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE ledger_account SET balance_fen = NEW.debit_after_fen, last_posting_id = NEW.posting_id
    WHERE bank_id = NEW.bank_id AND code = NEW.debit_code AND floor_fen IS NOT NULL;
  IF NOT FOUND AND NEW.debit_after_fen IS NOT NULL THEN
    RAISE EXCEPTION 'ledger: % stores no balance', NEW.debit_code USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  UPDATE ledger_account SET balance_fen = NEW.credit_after_fen, last_posting_id = NEW.posting_id
    WHERE bank_id = NEW.bank_id AND code = NEW.credit_code AND floor_fen IS NOT NULL;
  IF NOT FOUND AND NEW.credit_after_fen IS NOT NULL THEN
    RAISE EXCEPTION 'ledger: % stores no balance', NEW.credit_code USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

-- COALESCE sums only where no balance is stored.
CREATE VIEW ledger_balance AS
SELECT a.bank_id, a.code, a.kind, COALESCE(a.balance_fen, CAST(
    CASE WHEN a.kind IN ('asset', 'expense') THEN 1 ELSE -1 END * (
      (SELECT COALESCE(SUM(p.amount_fen), 0) FROM posting p WHERE p.bank_id = a.bank_id AND p.debit_code = a.code)
      - (SELECT COALESCE(SUM(p.amount_fen), 0) FROM posting p WHERE p.bank_id = a.bank_id AND p.credit_code = a.code)
    ) AS bigint)) AS balance_fen
FROM ledger_account a;
