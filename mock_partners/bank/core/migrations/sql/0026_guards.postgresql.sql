-- Statements are parted by empty lines. What these triggers held, the guards of `migrations/guards` hold for all tables.
DROP FUNCTION ledger_refuse, origination_refuse, lending_refuse, switch_entry_refuse, contract_offer_unchanged,
  loan_keeps_its_terms CASCADE;

-- What follows is of one table alone.
CREATE OR REPLACE FUNCTION ledger_account_moves_by_posting() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  rises_by_debit integer := CASE WHEN OLD.kind IN ('asset', 'expense') THEN 1 ELSE -1 END;
BEGIN
  IF NEW.last_posting_id <= OLD.last_posting_id
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

-- A posting with a great number would leave none to those after it.
CREATE FUNCTION posting_has_a_taken_number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM posting_number n WHERE n.is_called AND NEW.posting_id <= n.last_value) THEN
    RAISE EXCEPTION 'ledger: the sequence has not given this number' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER posting_has_a_taken_number BEFORE INSERT ON posting
  FOR EACH ROW EXECUTE FUNCTION posting_has_a_taken_number();

CREATE FUNCTION contract_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state IN ('signed', 'void') THEN
    RAISE EXCEPTION 'contract: a contract that has ended is never changed'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER contract_ends_once BEFORE UPDATE ON contract
  FOR EACH ROW EXECUTE FUNCTION contract_ends_once();

CREATE FUNCTION loan_goes_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.closed_through < OLD.closed_through OR OLD.state = 'settled' THEN
    RAISE EXCEPTION 'lending: no day is closed again, and a settled loan stays settled'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER loan_goes_forward BEFORE UPDATE ON loan
  FOR EACH ROW EXECUTE FUNCTION loan_goes_forward();

CREATE OR REPLACE FUNCTION switch_entry_started_by_two() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.step = 'confirm' AND NOT EXISTS (
      SELECT 1 FROM switch_entry p WHERE p.bank_id = NEW.bank_id AND p.number = NEW.proposal
      AND p.step = 'propose' AND p.operator = NEW.proposed_by AND p.kind = NEW.kind AND p.name = NEW.name) THEN
    RAISE EXCEPTION 'switches: two operators start' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
