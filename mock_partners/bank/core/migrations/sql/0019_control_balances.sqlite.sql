-- Statements are parted by empty lines. SQLite cannot drop a NOT NULL, so both tables are made anew.
DROP VIEW posting_side;

DROP TRIGGER ledger_account_opens_empty;

DROP TRIGGER ledger_account_moves_by_posting;

DROP TRIGGER ledger_account_stays;

DROP TRIGGER posting_fits;

DROP TRIGGER posting_moves_balances;

DROP TRIGGER posting_unchanged;

DROP TRIGGER posting_stays;

DROP INDEX posting_of_credit;

DROP INDEX posting_of_debit;

DROP INDEX posting_of_journal;

-- Renaming changes the references of the old postings too, so that they stay valid.
ALTER TABLE ledger_account RENAME TO old_ledger_account;

ALTER TABLE posting RENAME TO old_posting;

CREATE TABLE ledger_account (
  bank_id TEXT NOT NULL,
  code TEXT NOT NULL,
  role TEXT NOT NULL,
  owner_id TEXT,
  kind TEXT NOT NULL,
  floor_fen INTEGER,
  balance_fen INTEGER,
  last_posting_id INTEGER,
  CONSTRAINT ledger_account_pkey PRIMARY KEY (bank_id, code),
  CONSTRAINT ledger_account_kind_known CHECK (kind IN ('asset', 'expense', 'liability', 'income', 'equity')),
  CONSTRAINT ledger_account_balance_above_floor CHECK (floor_fen IS NULL OR balance_fen >= floor_fen),
  CONSTRAINT ledger_account_balance_stored_with_floor
  CHECK ((floor_fen IS NULL) = (balance_fen IS NULL) AND (floor_fen IS NULL) = (last_posting_id IS NULL))
) WITHOUT ROWID, STRICT;

CREATE TABLE posting (
  bank_id TEXT NOT NULL,
  posting_id INTEGER NOT NULL,
  journal_id TEXT NOT NULL,
  debit_code TEXT NOT NULL,
  credit_code TEXT NOT NULL,
  amount_fen INTEGER NOT NULL,
  debit_after_fen INTEGER,
  credit_after_fen INTEGER,
  CONSTRAINT posting_pkey PRIMARY KEY (bank_id, posting_id),
  CONSTRAINT posting_bank_id_journal_id_fkey FOREIGN KEY(bank_id, journal_id) REFERENCES journal (bank_id, journal_id),
  CONSTRAINT posting_bank_id_debit_code_fkey FOREIGN KEY(bank_id, debit_code) REFERENCES ledger_account (bank_id, code),
  CONSTRAINT posting_bank_id_credit_code_fkey FOREIGN KEY(bank_id, credit_code) REFERENCES ledger_account (bank_id, code),
  CONSTRAINT posting_amount_in_range CHECK (amount_fen > 0 AND amount_fen <= 999999999999999),
  CONSTRAINT posting_two_sides CHECK (debit_code <> credit_code)
) WITHOUT ROWID, STRICT;

CREATE INDEX posting_of_credit ON posting (bank_id, credit_code, posting_id);

CREATE INDEX posting_of_debit ON posting (bank_id, debit_code, posting_id);

CREATE INDEX posting_of_journal ON posting (bank_id, journal_id);

INSERT INTO ledger_account
SELECT bank_id, code, role, owner_id, kind, floor_fen,
       CASE WHEN floor_fen IS NOT NULL THEN balance_fen END, CASE WHEN floor_fen IS NOT NULL THEN last_posting_id END
FROM old_ledger_account;

INSERT INTO posting
SELECT p.bank_id, p.posting_id, p.journal_id, p.debit_code, p.credit_code, p.amount_fen,
       CASE WHEN d.floor_fen IS NOT NULL THEN p.debit_after_fen END,
       CASE WHEN c.floor_fen IS NOT NULL THEN p.credit_after_fen END
FROM old_posting p
JOIN ledger_account d ON d.bank_id = p.bank_id AND d.code = p.debit_code
JOIN ledger_account c ON c.bank_id = p.bank_id AND c.code = p.credit_code;

DROP TABLE old_posting;

DROP TABLE old_ledger_account;

CREATE TRIGGER ledger_account_opens_empty BEFORE INSERT ON ledger_account
WHEN NEW.balance_fen <> 0 OR NEW.last_posting_id <> 0
  OR EXISTS (SELECT 1 FROM ledger_account WHERE bank_id = NEW.bank_id AND code = NEW.code)
BEGIN
  SELECT RAISE(ABORT, 'ledger: an account opens once, with balance 0');
END;

CREATE TRIGGER ledger_account_moves_by_posting BEFORE UPDATE ON ledger_account
WHEN NEW.bank_id IS NOT OLD.bank_id OR NEW.code IS NOT OLD.code OR NEW.kind IS NOT OLD.kind
  OR NEW.role IS NOT OLD.role OR NEW.owner_id IS NOT OLD.owner_id
  OR NEW.floor_fen IS NOT OLD.floor_fen
  OR NEW.last_posting_id IS NULL OR NEW.last_posting_id <= OLD.last_posting_id
  OR NOT EXISTS (
    SELECT 1 FROM posting p
    WHERE p.bank_id = OLD.bank_id AND p.posting_id = NEW.last_posting_id
      AND ((p.debit_code = OLD.code AND p.debit_after_fen = NEW.balance_fen
            AND NEW.balance_fen = OLD.balance_fen
              + CASE WHEN OLD.kind IN ('asset', 'expense') THEN p.amount_fen ELSE -p.amount_fen END)
        OR (p.credit_code = OLD.code AND p.credit_after_fen = NEW.balance_fen
            AND NEW.balance_fen = OLD.balance_fen
              - CASE WHEN OLD.kind IN ('asset', 'expense') THEN p.amount_fen ELSE -p.amount_fen END)))
BEGIN
  SELECT RAISE(ABORT, 'ledger: a balance moves by a posting only');
END;

CREATE TRIGGER ledger_account_stays BEFORE DELETE ON ledger_account
BEGIN
  SELECT RAISE(ABORT, 'ledger: an account is never deleted');
END;

-- Foreign keys are off in a raw session, so the trigger looks for the accounts and the journal itself.
CREATE TRIGGER posting_fits BEFORE INSERT ON posting
WHEN EXISTS (SELECT 1 FROM posting WHERE bank_id = NEW.bank_id AND posting_id = NEW.posting_id)
  OR NOT EXISTS (SELECT 1 FROM journal WHERE bank_id = NEW.bank_id AND journal_id = NEW.journal_id)
  OR NOT EXISTS (SELECT 1 FROM ledger_account WHERE bank_id = NEW.bank_id AND code = NEW.debit_code)
  OR NOT EXISTS (SELECT 1 FROM ledger_account WHERE bank_id = NEW.bank_id AND code = NEW.credit_code)
BEGIN
  SELECT RAISE(ABORT, 'ledger: a posting is written once, between two accounts, in a journal');
END;

-- As in 0001, for the accounts that store a balance. A posting states no balance of the others.
CREATE TRIGGER posting_moves_balances AFTER INSERT ON posting
BEGIN
  UPDATE ledger_account SET balance_fen = NEW.debit_after_fen, last_posting_id = NEW.posting_id
    WHERE bank_id = NEW.bank_id AND code = NEW.debit_code AND floor_fen IS NOT NULL;
  UPDATE ledger_account SET balance_fen = NEW.credit_after_fen, last_posting_id = NEW.posting_id
    WHERE bank_id = NEW.bank_id AND code = NEW.credit_code AND floor_fen IS NOT NULL;
  -- INSERT OR IGNORE passes its IGNORE on to these updates: one that was skipped must undo the posting.
  SELECT RAISE(ABORT, 'ledger: a posting moves both balances')
    WHERE (SELECT count(*) FROM ledger_account WHERE bank_id = NEW.bank_id
           AND ((code = NEW.debit_code AND balance_fen IS NEW.debit_after_fen)
             OR (code = NEW.credit_code AND balance_fen IS NEW.credit_after_fen))
           AND (floor_fen IS NULL OR last_posting_id = NEW.posting_id)) <> 2;
END;

CREATE TRIGGER posting_unchanged BEFORE UPDATE ON posting
BEGIN
  SELECT RAISE(ABORT, 'ledger: a posting is never changed');
END;

CREATE TRIGGER posting_stays BEFORE DELETE ON posting
BEGIN
  SELECT RAISE(ABORT, 'ledger: a posting is never deleted');
END;

-- Every posting once for each of its two accounts, the change counted in the account's own direction.
CREATE VIEW posting_side AS
SELECT p.bank_id, p.posting_id, p.journal_id, a.code, p.credit_code AS other_code, p.debit_after_fen AS after_fen,
       CASE WHEN a.kind IN ('asset', 'expense') THEN p.amount_fen ELSE -p.amount_fen END AS change_fen
FROM posting p JOIN ledger_account a ON a.bank_id = p.bank_id AND a.code = p.debit_code
UNION ALL
SELECT p.bank_id, p.posting_id, p.journal_id, a.code, p.debit_code, p.credit_after_fen,
       CASE WHEN a.kind IN ('asset', 'expense') THEN -p.amount_fen ELSE p.amount_fen END
FROM posting p JOIN ledger_account a ON a.bank_id = p.bank_id AND a.code = p.credit_code;

-- COALESCE sums only where no balance is stored.
CREATE VIEW ledger_balance AS
SELECT a.bank_id, a.code, a.kind, COALESCE(a.balance_fen, CAST(
    CASE WHEN a.kind IN ('asset', 'expense') THEN 1 ELSE -1 END * (
      (SELECT COALESCE(SUM(p.amount_fen), 0) FROM posting p WHERE p.bank_id = a.bank_id AND p.debit_code = a.code)
      - (SELECT COALESCE(SUM(p.amount_fen), 0) FROM posting p WHERE p.bank_id = a.bank_id AND p.credit_code = a.code)
    ) AS INTEGER)) AS balance_fen
FROM ledger_account a;
