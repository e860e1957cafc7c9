-- Statements are parted by empty lines. What leaves is given back once. What comes in may be counted again.
DROP TRIGGER counted_amount_is_given_back_once;

DROP TRIGGER counted_amount_gives_back;

CREATE TRIGGER counted_amount_is_given_back_once BEFORE UPDATE ON counted_amount
WHEN NEW.given_back = OLD.given_back OR NEW.given_back NOT IN (0, 1)
  OR (OLD.direction = 'out' AND (OLD.given_back <> 0 OR NOT EXISTS (SELECT 1 FROM account_hold h
      WHERE h.bank_id = OLD.bank_id AND h.intent = OLD.intent AND h.state IN ('released', 'expired'))
    AND NOT EXISTS (SELECT 1 FROM journal r WHERE r.bank_id = OLD.bank_id AND r.intent = OLD.intent
      AND r.reverses IS NOT NULL)))
BEGIN
  SELECT RAISE(ABORT, 'counters: an amount is given back once, with its hold or by a reversal');
END;

CREATE TRIGGER counted_amount_gives_back AFTER UPDATE ON counted_amount
BEGIN
  UPDATE account_counter SET used_fen = used_fen + CASE NEW.given_back WHEN 0 THEN NEW.amount_fen
                                                   ELSE -NEW.amount_fen END
    WHERE bank_id = NEW.bank_id AND account_id = NEW.account_id AND scope = NEW.scope
      AND direction = NEW.direction AND starts_on <= NEW.day AND ends_on >= NEW.day;
END;
