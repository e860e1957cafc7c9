-- Statements are parted by empty lines. INSERT OR REPLACE deletes a row through any unique key, and a raw session has
-- foreign keys off: the first trigger looks for each key, and for the proposal that another operator made.
CREATE TRIGGER switch_entry_once BEFORE INSERT ON switch_entry
WHEN EXISTS (SELECT 1 FROM switch_entry WHERE bank_id = NEW.bank_id
             AND (number = NEW.number OR proposal = NEW.proposal))
  OR (NEW.step = 'confirm'
      AND NOT EXISTS (SELECT 1 FROM switch_entry p WHERE p.bank_id = NEW.bank_id AND p.number = NEW.proposal
                      AND p.step = 'propose' AND p.operator = NEW.proposed_by
                      AND p.kind = NEW.kind AND p.name = NEW.name))
BEGIN
  SELECT RAISE(ABORT, 'switches: an entry is written once, and two operators start');
END;

CREATE TRIGGER switch_entry_unchanged BEFORE UPDATE ON switch_entry
BEGIN
  SELECT RAISE(ABORT, 'switches: an entry is never changed');
END;

CREATE TRIGGER switch_entry_stays BEFORE DELETE ON switch_entry
BEGIN
  SELECT RAISE(ABORT, 'switches: an entry is never deleted');
END;
