-- Statements are parted by empty lines. As on SQLite.
CREATE FUNCTION account_opens_unclosed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state = 'closed' THEN
    RAISE EXCEPTION 'accounts: an account opens unclosed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER account_opens_unclosed BEFORE INSERT ON account
  FOR EACH ROW EXECUTE FUNCTION account_opens_unclosed();

-- The lock makes a posting that runs at the same time commit before, or find the account closed.
CREATE FUNCTION account_closes_once_and_empty() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  kept bigint;
BEGIN
  IF NEW.state = 'closed' THEN
    SELECT l.balance_fen + l.held_fen INTO kept FROM ledger_account l
      WHERE l.bank_id = OLD.bank_id AND l.code = 'wallet:' || OLD.account_id FOR UPDATE;
  END IF;
  IF OLD.state = 'closed' OR kept <> 0 THEN
    RAISE EXCEPTION 'accounts: an account is closed once, when it is empty'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER account_closes_once_and_empty BEFORE UPDATE ON account
  FOR EACH ROW EXECUTE FUNCTION account_closes_once_and_empty();

-- What a reversal brings back to a closed account leaves it in the same transaction: see `suspense/holding.py`.
CREATE FUNCTION ledger_account_of_closed_stays_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.role = 'wallet' AND NEW.balance_fen > OLD.balance_fen
     AND EXISTS (SELECT 1 FROM account a
                 WHERE a.bank_id = OLD.bank_id AND a.account_id = OLD.owner_id AND a.state = 'closed')
     AND NOT EXISTS (SELECT 1 FROM posting p JOIN journal j ON j.bank_id = p.bank_id AND j.journal_id = p.journal_id
                     WHERE p.bank_id = OLD.bank_id AND p.posting_id = NEW.last_posting_id AND j.kind = 'reversal') THEN
    RAISE EXCEPTION 'ledger: a closed account takes nothing in' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER ledger_account_of_closed_stays_empty BEFORE UPDATE ON ledger_account
  FOR EACH ROW EXECUTE FUNCTION ledger_account_of_closed_stays_empty();
