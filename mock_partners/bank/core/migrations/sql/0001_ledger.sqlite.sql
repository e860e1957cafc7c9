-- Statements are parted by empty lines.
CREATE TRIGGER ledger_account_opens_empty BEFORE INSERT ON ledger_account
WHEN NEW.balance_fen <> 0 OR NEW.last_posting_id <> 0
  OR EXISTS (SELECT 1 FROM ledger_account WHERE bank_id = NEW.bank_id AND code = NEW.code)
BEGIN
  SELECT RAISE(ABORT, 'ledger: an account opens once, with balance 0');
END;

CREATE TRIGGER ledger_account_moves_by_posting BEFORE UPDATE ON ledger_account
WHEN NEW.bank_id IS NOT OLD.bank_id OR NEW.code IS NOT OLD.code OR NEW.kind IS NOT OLD.kind
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

CREATE TRIGGER journal_once BEFORE INSERT ON journal
WHEN EXISTS (SELECT 1 FROM journal WHERE bank_id = NEW.bank_id
             AND (journal_id = NEW.journal_id OR (intent = NEW.intent AND kind = NEW.kind)))
BEGIN
  SELECT RAISE(ABORT, 'ledger: a journal is written once');
END;

CREATE TRIGGER journal_unchanged BEFORE UPDATE ON journal
BEGIN
  SELECT RAISE(ABORT, 'ledger: a journal is never changed');
END;

CREATE TRIGGER journal_stays BEFORE DELETE ON journal
BEGIN
  SELECT RAISE(ABORT, 'ledger: a journal is never deleted');
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

CREATE TRIGGER posting_moves_balances AFTER INSERT ON posting
BEGIN
  UPDATE ledger_account SET balance_fen = NEW.debit_after_fen, last_posting_id = NEW.posting_id
    WHERE bank_id = NEW.bank_id AND code = NEW.debit_code;
  UPDATE ledger_account SET balance_fen = NEW.credit_after_fen, last_posting_id = NEW.posting_id
    WHERE bank_id = NEW.bank_id AND code = NEW.credit_code;
  -- INSERT OR IGNORE passes its IGNORE on to these updates: one that was skipped must undo the posting.
  SELECT RAISE(ABORT, 'ledger: a posting moves both balances')
    WHERE (SELECT count(*) FROM ledger_account WHERE bank_id = NEW.bank_id
           AND code IN (NEW.debit_code, NEW.credit_code) AND last_posting_id = NEW.posting_id) <> 2;
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
