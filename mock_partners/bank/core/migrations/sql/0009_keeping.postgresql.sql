-- Statements are parted by empty lines. Every old row is filled now.
ALTER TABLE journal ALTER COLUMN subject_kind SET NOT NULL, ALTER COLUMN subject_id SET NOT NULL,
  ADD CONSTRAINT journal_bank_id_reverses_key UNIQUE (bank_id, reverses),
  ADD CONSTRAINT journal_bank_id_reverses_fkey FOREIGN KEY (bank_id, reverses) REFERENCES journal (bank_id, journal_id);

CREATE INDEX journal_of_subject ON journal (bank_id, subject_kind, subject_id);

ALTER TABLE ledger_account ALTER COLUMN role SET NOT NULL;

ALTER TABLE journal ENABLE TRIGGER journal_unchanged;

ALTER TABLE ledger_account ENABLE TRIGGER ledger_account_moves_by_posting;

-- As in 0001, and an account keeps its role and its owner.
CREATE OR REPLACE FUNCTION ledger_account_moves_by_posting() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  rises_by_debit integer := CASE WHEN OLD.kind IN ('asset', 'expense') THEN 1 ELSE -1 END;
BEGIN
  IF NEW.bank_id <> OLD.bank_id OR NEW.code <> OLD.code OR NEW.kind <> OLD.kind
     OR NEW.role <> OLD.role OR NEW.owner_id IS DISTINCT FROM OLD.owner_id
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

-- As in 0002, and a contract keeps its keys and its customer.
CREATE OR REPLACE FUNCTION contract_offer_unchanged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state IN ('signed', 'void')
    OR (NEW.bank_id, NEW.contract_id, NEW.application_id, NEW.customer_id, NEW.number, NEW.limit_fen, NEW.rate_ppm,
        NEW.starts_on, NEW.ends_on, NEW.terms::text, NEW.cost_table::text)
    IS DISTINCT FROM (OLD.bank_id, OLD.contract_id, OLD.application_id, OLD.customer_id, OLD.number, OLD.limit_fen,
        OLD.rate_ppm, OLD.starts_on, OLD.ends_on, OLD.terms::text, OLD.cost_table::text) THEN
    RAISE EXCEPTION 'contract: an offer is never changed, nor a contract that has ended'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
