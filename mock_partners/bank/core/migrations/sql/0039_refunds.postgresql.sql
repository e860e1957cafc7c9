-- Statements are parted by empty lines. As on SQLite.
CREATE OR REPLACE FUNCTION counted_amount_is_given_back_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.given_back OR NOT NEW.given_back
     OR (OLD.direction = 'out' AND NOT EXISTS (SELECT 1 FROM account_hold h WHERE h.bank_id = OLD.bank_id
         AND h.intent = OLD.intent AND h.state IN ('released', 'expired'))
       AND NOT EXISTS (SELECT 1 FROM journal r WHERE r.bank_id = OLD.bank_id AND r.intent = OLD.intent
         AND r.reverses IS NOT NULL)) THEN
    RAISE EXCEPTION 'counters: an amount is given back once, with its hold or by a reversal'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
