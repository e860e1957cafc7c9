-- Statements are parted by empty lines. As in 0001, and an account keeps its role and its owner.
DROP TRIGGER ledger_account_moves_by_posting;

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

-- INSERT OR REPLACE deletes a row through any unique key, so the trigger looks for each of them. A raw session has
-- foreign keys off, so it also looks for the journal that is undone.
DROP TRIGGER journal_once;

CREATE TRIGGER journal_once BEFORE INSERT ON journal
WHEN EXISTS (SELECT 1 FROM journal WHERE bank_id = NEW.bank_id
             AND (journal_id = NEW.journal_id OR (intent = NEW.intent AND kind = NEW.kind) OR reverses = NEW.reverses))
  OR (NEW.reverses IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM journal WHERE bank_id = NEW.bank_id AND journal_id = NEW.reverses))
BEGIN
  SELECT RAISE(ABORT, 'ledger: a journal is written once');
END;

-- As in 0002, and a contract keeps its keys and its customer: UPDATE OR REPLACE deletes the row that has the new key.
DROP TRIGGER contract_offer_unchanged;

CREATE TRIGGER contract_offer_unchanged BEFORE UPDATE ON contract
WHEN OLD.state IN ('signed', 'void') OR NEW.bank_id IS NOT OLD.bank_id OR NEW.contract_id IS NOT OLD.contract_id
  OR NEW.application_id IS NOT OLD.application_id OR NEW.customer_id IS NOT OLD.customer_id
  OR NEW.number IS NOT OLD.number
  OR NEW.limit_fen IS NOT OLD.limit_fen OR NEW.rate_ppm IS NOT OLD.rate_ppm
  OR NEW.starts_on IS NOT OLD.starts_on OR NEW.ends_on IS NOT OLD.ends_on
  OR NEW.terms IS NOT OLD.terms OR NEW.cost_table IS NOT OLD.cost_table
BEGIN
  SELECT RAISE(ABORT, 'contract: an offer is never changed, nor a contract that has ended');
END;
