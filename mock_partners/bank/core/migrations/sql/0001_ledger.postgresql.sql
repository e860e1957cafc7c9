-- Statements are parted by empty lines.
CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'ledger: % is never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION ledger_account_opens_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.balance_fen <> 0 OR NEW.last_posting_id <> 0 THEN
    RAISE EXCEPTION 'ledger: an account opens once, with balance 0' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION ledger_account_moves_by_posting() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  rises_by_debit integer := CASE WHEN OLD.kind IN ('asset', 'expense') THEN 1 ELSE -1 END;
BEGIN
  IF NEW.bank_id <> OLD.bank_id OR NEW.code <> OLD.code OR NEW.kind <> OLD.kind
     OR NEW.floor_fen IS DISTINCT FROM OLD.floor_fen
     OR NEW.last_posting_id <= OLD.last_posting_id
     OR NOT EXISTS (
       SELECT 1 FROM posting p
       WHERE p.bank_id = OLD.bank_id AND p.posting_id = NEW.last_posting_id
         AND ((p.debit_code = OLD.code AND p.debit_after_fen = NEW.balance_fen
               AND NEW.balance_fen = OLD.balance_fen + rises_by_debit * p.amount_fen)
           OR (p.credit_code = OLD.code AND p.credit_after_fen = NEW.balance_fen
               AND NEW.balance_fen = OLD.balance_fen - rises_by_debit * p.amount_fen))) THEN
    RAISE EXCEPTION 'ledger: a balance moves by a posting only' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION posting_moves_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE ledger_account SET balance_fen = NEW.debit_after_fen, last_posting_id = NEW.posting_id
    WHERE bank_id = NEW.bank_id AND code = NEW.debit_code;
  UPDATE ledger_account SET balance_fen = NEW.credit_after_fen, last_posting_id = NEW.posting_id
    WHERE bank_id = NEW.bank_id AND code = NEW.credit_code;
  RETURN NULL;
END $$;

CREATE TRIGGER ledger_account_opens_empty BEFORE INSERT ON ledger_account
  FOR EACH ROW EXECUTE FUNCTION ledger_account_opens_empty();

CREATE TRIGGER ledger_account_moves_by_posting BEFORE UPDATE ON ledger_account
  FOR EACH ROW EXECUTE FUNCTION ledger_account_moves_by_posting();

CREATE TRIGGER ledger_account_stays BEFORE DELETE ON ledger_account
  FOR EACH ROW EXECUTE FUNCTION ledger_refuse();

CREATE TRIGGER ledger_account_not_emptied BEFORE TRUNCATE ON ledger_account
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();

CREATE TRIGGER journal_unchanged BEFORE UPDATE OR DELETE ON journal
  FOR EACH ROW EXECUTE FUNCTION ledger_refuse();

CREATE TRIGGER journal_not_emptied BEFORE TRUNCATE ON journal
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();

CREATE TRIGGER posting_moves_balances AFTER INSERT ON posting
  FOR EACH ROW EXECUTE FUNCTION posting_moves_balances();

CREATE TRIGGER posting_unchanged BEFORE UPDATE OR DELETE ON posting
  FOR EACH ROW EXECUTE FUNCTION ledger_refuse();

CREATE TRIGGER posting_not_emptied BEFORE TRUNCATE ON posting
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();

-- Every posting once for each of its two accounts, the change counted in the account's own direction.
CREATE VIEW posting_side AS
SELECT p.bank_id, p.posting_id, p.journal_id, a.code, p.credit_code AS other_code, p.debit_after_fen AS after_fen,
       CASE WHEN a.kind IN ('asset', 'expense') THEN p.amount_fen ELSE -p.amount_fen END AS change_fen
FROM posting p JOIN ledger_account a ON a.bank_id = p.bank_id AND a.code = p.debit_code
UNION ALL
SELECT p.bank_id, p.posting_id, p.journal_id, a.code, p.debit_code, p.credit_after_fen,
       CASE WHEN a.kind IN ('asset', 'expense') THEN -p.amount_fen ELSE p.amount_fen END
FROM posting p JOIN ledger_account a ON a.bank_id = p.bank_id AND a.code = p.credit_code;
