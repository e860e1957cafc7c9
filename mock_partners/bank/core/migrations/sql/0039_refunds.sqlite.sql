-- Statements are parted by empty lines.
DROP TRIGGER counted_amount_is_given_back_once;

CREATE TRIGGER counted_amount_is_given_back_once BEFORE UPDATE ON counted_amount
WHEN OLD.given_back <> 0 OR NEW.given_back <> 1
  OR (OLD.direction = 'out' AND NOT EXISTS (SELECT 1 FROM account_hold h WHERE h.bank_id = OLD.bank_id
      AND h.intent = OLD.intent AND h.state IN ('released', 'expired'))
    AND NOT EXISTS (SELECT 1 FROM journal r WHERE r.bank_id = OLD.bank_id AND r.intent = OLD.intent
      AND r.reverses IS NOT NULL))
BEGIN
  SELECT RAISE(ABORT, 'counters: an amount is given back once, with its hold or by a reversal');
END;
