-- Statements are parted by empty lines. `ledger_account` was given `held_fen` and its CHECKs by the step itself.
DROP TRIGGER ledger_account_opens_empty;

DROP TRIGGER ledger_account_moves_by_posting;

CREATE TRIGGER ledger_account_opens_empty BEFORE INSERT ON ledger_account
WHEN NEW.balance_fen <> 0 OR NEW.last_posting_id <> 0 OR NEW.held_fen <> 0
BEGIN
  SELECT RAISE(ABORT, 'ledger: an account opens with balance 0');
END;

CREATE TRIGGER ledger_account_moves_by_posting BEFORE UPDATE ON ledger_account
WHEN (NEW.balance_fen IS NOT OLD.balance_fen OR NEW.last_posting_id IS NOT OLD.last_posting_id)
  AND (NEW.last_posting_id IS NULL OR NEW.last_posting_id <= OLD.last_posting_id
    OR NOT EXISTS (
      SELECT 1 FROM posting p
      WHERE p.bank_id = OLD.bank_id AND p.posting_id = NEW.last_posting_id
        AND ((p.debit_code = OLD.code AND p.debit_after_fen = NEW.balance_fen
              AND NEW.balance_fen = OLD.balance_fen
                + CASE WHEN OLD.kind IN ('asset', 'expense') THEN p.amount_fen ELSE -p.amount_fen END)
          OR (p.credit_code = OLD.code AND p.credit_after_fen = NEW.balance_fen
              AND NEW.balance_fen = OLD.balance_fen
                - CASE WHEN OLD.kind IN ('asset', 'expense') THEN p.amount_fen ELSE -p.amount_fen END))))
BEGIN
  SELECT RAISE(ABORT, 'ledger: a balance moves by a posting only');
END;

CREATE TRIGGER ledger_account_is_held_by_holds BEFORE UPDATE ON ledger_account
WHEN NEW.held_fen IS NOT OLD.held_fen
  AND NEW.held_fen IS NOT (SELECT COALESCE(SUM(h.amount_fen), 0) FROM account_hold h
                           WHERE h.bank_id = OLD.bank_id AND h.account_id = OLD.owner_id AND h.state = 'held')
BEGIN
  SELECT RAISE(ABORT, 'holds: what is held changes by a hold only');
END;

CREATE TRIGGER account_hold_begins_held BEFORE INSERT ON account_hold
WHEN NEW.state <> 'held'
BEGIN
  SELECT RAISE(ABORT, 'holds: a hold begins as held');
END;

CREATE TRIGGER account_hold_ends_once BEFORE UPDATE ON account_hold
WHEN OLD.state <> 'held'
BEGIN
  SELECT RAISE(ABORT, 'holds: a hold that has ended is never changed');
END;

-- INSERT OR IGNORE and UPDATE OR IGNORE pass their IGNORE on to the update: one that was skipped must undo the hold.
CREATE TRIGGER account_hold_holds AFTER INSERT ON account_hold
BEGIN
  UPDATE ledger_account SET held_fen = held_fen + NEW.amount_fen
    WHERE bank_id = NEW.bank_id AND code = 'wallet:' || NEW.account_id;
  SELECT RAISE(ABORT, 'holds: a hold holds money of its account')
    WHERE NOT EXISTS (SELECT 1 FROM ledger_account l WHERE l.bank_id = NEW.bank_id
      AND l.code = 'wallet:' || NEW.account_id AND l.owner_id = NEW.account_id
      AND l.held_fen = (SELECT SUM(h.amount_fen) FROM account_hold h
                        WHERE h.bank_id = NEW.bank_id AND h.account_id = NEW.account_id AND h.state = 'held'));
END;

CREATE TRIGGER account_hold_frees AFTER UPDATE ON account_hold
WHEN NEW.state <> 'held'
BEGIN
  UPDATE ledger_account SET held_fen = held_fen - NEW.amount_fen
    WHERE bank_id = NEW.bank_id AND code = 'wallet:' || NEW.account_id;
  UPDATE counted_amount SET given_back = 1
    WHERE bank_id = NEW.bank_id AND intent = NEW.intent AND direction = 'out' AND NEW.state <> 'committed';
END;

CREATE TRIGGER counted_amount_begins_counted BEFORE INSERT ON counted_amount
WHEN NEW.given_back <> 0
BEGIN
  SELECT RAISE(ABORT, 'counters: an amount begins counted');
END;

CREATE TRIGGER counted_amount_counts AFTER INSERT ON counted_amount
BEGIN
  UPDATE account_counter SET used_fen = used_fen + NEW.amount_fen
    WHERE bank_id = NEW.bank_id AND account_id = NEW.account_id AND scope = NEW.scope
      AND direction = NEW.direction AND starts_on <= NEW.day AND ends_on >= NEW.day;
  SELECT RAISE(ABORT, 'counters: an amount counts in a day and a year')
    WHERE (SELECT COUNT(*) FROM account_counter c
           WHERE c.bank_id = NEW.bank_id AND c.account_id = NEW.account_id AND c.scope = NEW.scope
             AND c.direction = NEW.direction AND c.starts_on <= NEW.day AND c.ends_on >= NEW.day
             AND c.used_fen = (SELECT SUM(m.amount_fen) FROM counted_amount m
                               WHERE m.bank_id = c.bank_id AND m.account_id = c.account_id AND m.scope = c.scope
                                 AND m.direction = c.direction AND m.day BETWEEN c.starts_on AND c.ends_on
                                 AND m.given_back = 0)) <> 2;
END;

CREATE TRIGGER counted_amount_is_given_back_once BEFORE UPDATE ON counted_amount
WHEN OLD.given_back <> 0 OR NEW.given_back <> 1
  OR (OLD.direction = 'out' AND NOT EXISTS (SELECT 1 FROM account_hold h WHERE h.bank_id = OLD.bank_id
      AND h.intent = OLD.intent AND h.state IN ('released', 'expired')))
BEGIN
  SELECT RAISE(ABORT, 'counters: an amount is given back once, with its hold');
END;

CREATE TRIGGER counted_amount_gives_back AFTER UPDATE ON counted_amount
BEGIN
  UPDATE account_counter SET used_fen = used_fen - NEW.amount_fen
    WHERE bank_id = NEW.bank_id AND account_id = NEW.account_id AND scope = NEW.scope
      AND direction = NEW.direction AND starts_on <= NEW.day AND ends_on >= NEW.day;
END;

CREATE TRIGGER account_counter_begins_empty BEFORE INSERT ON account_counter
WHEN NEW.used_fen <> 0
BEGIN
  SELECT RAISE(ABORT, 'counters: a counter begins with nothing used');
END;

CREATE TRIGGER account_counter_counts_amounts BEFORE UPDATE ON account_counter
WHEN NEW.used_fen IS NOT OLD.used_fen
  AND NEW.used_fen IS NOT (SELECT COALESCE(SUM(m.amount_fen), 0) FROM counted_amount m
                           WHERE m.bank_id = OLD.bank_id AND m.account_id = OLD.account_id AND m.scope = OLD.scope
                             AND m.direction = OLD.direction AND m.day BETWEEN OLD.starts_on AND OLD.ends_on
                             AND m.given_back = 0)
BEGIN
  SELECT RAISE(ABORT, 'counters: what is used changes by counted amounts only');
END;
