-- Statements are parted by empty lines. As on SQLite.
CREATE OR REPLACE FUNCTION ledger_account_opens_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.balance_fen <> 0 OR NEW.last_posting_id <> 0 OR NEW.held_fen <> 0 THEN
    RAISE EXCEPTION 'ledger: an account opens once, with balance 0' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION ledger_account_moves_by_posting() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  rises_by_debit integer := CASE WHEN OLD.kind IN ('asset', 'expense') THEN 1 ELSE -1 END;
BEGIN
  IF (NEW.balance_fen, NEW.last_posting_id) IS DISTINCT FROM (OLD.balance_fen, OLD.last_posting_id)
     AND (NEW.last_posting_id IS NULL OR NEW.last_posting_id <= OLD.last_posting_id
     OR NOT EXISTS (
       SELECT 1 FROM posting p
       WHERE p.bank_id = OLD.bank_id AND p.posting_id = NEW.last_posting_id
         AND ((p.debit_code = OLD.code AND p.debit_after_fen = NEW.balance_fen
               AND NEW.balance_fen = OLD.balance_fen + rises_by_debit * p.amount_fen)
           OR (p.credit_code = OLD.code AND p.credit_after_fen = NEW.balance_fen
               AND NEW.balance_fen = OLD.balance_fen - rises_by_debit * p.amount_fen)))) THEN
    RAISE EXCEPTION 'ledger: a balance moves by a posting only' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.held_fen <> OLD.held_fen
     AND NEW.held_fen <> (SELECT COALESCE(SUM(h.amount_fen), 0) FROM account_hold h
                          WHERE h.bank_id = OLD.bank_id AND h.account_id = OLD.owner_id AND h.state = 'held') THEN
    RAISE EXCEPTION 'holds: what is held changes by a hold only' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION account_hold_begins_held() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> 'held' THEN
    RAISE EXCEPTION 'holds: a hold begins as held' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER account_hold_begins_held BEFORE INSERT ON account_hold
  FOR EACH ROW EXECUTE FUNCTION account_hold_begins_held();

CREATE FUNCTION account_hold_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state <> 'held' THEN
    RAISE EXCEPTION 'holds: a hold that has ended is never changed'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER account_hold_ends_once BEFORE UPDATE ON account_hold
  FOR EACH ROW EXECUTE FUNCTION account_hold_ends_once();

CREATE FUNCTION account_hold_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE ledger_account SET held_fen = held_fen + NEW.amount_fen
    WHERE bank_id = NEW.bank_id AND code = 'wallet:' || NEW.account_id AND owner_id = NEW.account_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'holds: a hold holds money of its account' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER account_hold_holds AFTER INSERT ON account_hold
  FOR EACH ROW EXECUTE FUNCTION account_hold_holds();

CREATE FUNCTION account_hold_frees() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> 'held' THEN
    UPDATE ledger_account SET held_fen = held_fen - NEW.amount_fen
      WHERE bank_id = NEW.bank_id AND code = 'wallet:' || NEW.account_id;
    UPDATE counted_amount SET given_back = true
      WHERE bank_id = NEW.bank_id AND intent = NEW.intent AND direction = 'out' AND NEW.state <> 'committed';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER account_hold_frees AFTER UPDATE ON account_hold
  FOR EACH ROW EXECUTE FUNCTION account_hold_frees();

CREATE FUNCTION counted_amount_begins_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.given_back THEN
    RAISE EXCEPTION 'counters: an amount begins counted' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER counted_amount_begins_counted BEFORE INSERT ON counted_amount
  FOR EACH ROW EXECUTE FUNCTION counted_amount_begins_counted();

CREATE FUNCTION counted_amount_counts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  counters integer;
BEGIN
  UPDATE account_counter SET used_fen = used_fen + NEW.amount_fen
    WHERE bank_id = NEW.bank_id AND account_id = NEW.account_id AND scope = NEW.scope
      AND direction = NEW.direction AND starts_on <= NEW.day AND ends_on >= NEW.day;
  GET DIAGNOSTICS counters = ROW_COUNT;
  IF counters <> 2 THEN
    RAISE EXCEPTION 'counters: an amount counts in a day and a year' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER counted_amount_counts AFTER INSERT ON counted_amount
  FOR EACH ROW EXECUTE FUNCTION counted_amount_counts();

CREATE FUNCTION counted_amount_is_given_back_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.given_back OR NOT NEW.given_back
     OR (OLD.direction = 'out' AND NOT EXISTS (SELECT 1 FROM account_hold h WHERE h.bank_id = OLD.bank_id
         AND h.intent = OLD.intent AND h.state IN ('released', 'expired'))) THEN
    RAISE EXCEPTION 'counters: an amount is given back once, with its hold'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER counted_amount_is_given_back_once BEFORE UPDATE ON counted_amount
  FOR EACH ROW EXECUTE FUNCTION counted_amount_is_given_back_once();

CREATE FUNCTION counted_amount_gives_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE account_counter SET used_fen = used_fen - NEW.amount_fen
    WHERE bank_id = NEW.bank_id AND account_id = NEW.account_id AND scope = NEW.scope
      AND direction = NEW.direction AND starts_on <= NEW.day AND ends_on >= NEW.day;
  RETURN NULL;
END $$;

CREATE TRIGGER counted_amount_gives_back AFTER UPDATE ON counted_amount
  FOR EACH ROW EXECUTE FUNCTION counted_amount_gives_back();

CREATE FUNCTION account_counter_begins_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.used_fen <> 0 THEN
    RAISE EXCEPTION 'counters: a counter begins with nothing used' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER account_counter_begins_empty BEFORE INSERT ON account_counter
  FOR EACH ROW EXECUTE FUNCTION account_counter_begins_empty();

CREATE FUNCTION account_counter_counts_amounts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.used_fen <> OLD.used_fen
     AND NEW.used_fen <> (SELECT COALESCE(SUM(m.amount_fen), 0) FROM counted_amount m
                          WHERE m.bank_id = OLD.bank_id AND m.account_id = OLD.account_id AND m.scope = OLD.scope
                            AND m.direction = OLD.direction AND m.day BETWEEN OLD.starts_on AND OLD.ends_on
                            AND NOT m.given_back) THEN
    RAISE EXCEPTION 'counters: what is used changes by counted amounts only'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER account_counter_counts_amounts BEFORE UPDATE ON account_counter
  FOR EACH ROW EXECUTE FUNCTION account_counter_counts_amounts();
