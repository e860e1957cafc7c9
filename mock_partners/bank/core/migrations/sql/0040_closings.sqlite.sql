-- Statements are parted by empty lines.
CREATE TRIGGER account_opens_unclosed BEFORE INSERT ON account
WHEN NEW.state = 'closed'
BEGIN
  SELECT RAISE(ABORT, 'accounts: an account opens unclosed');
END;

CREATE TRIGGER account_closes_once_and_empty BEFORE UPDATE ON account
WHEN OLD.state = 'closed'
  OR (NEW.state = 'closed' AND EXISTS (
    SELECT 1 FROM ledger_account l
    WHERE l.bank_id = OLD.bank_id AND l.code = 'wallet:' || OLD.account_id
      AND (l.balance_fen <> 0 OR l.held_fen <> 0)))
BEGIN
  SELECT RAISE(ABORT, 'accounts: an account is closed once, when it is empty');
END;

-- What a reversal brings back to a closed account leaves it in the same transaction: see `suspense/holding.py`.
CREATE TRIGGER ledger_account_of_closed_stays_empty BEFORE UPDATE ON ledger_account
WHEN NEW.balance_fen > OLD.balance_fen AND OLD.role = 'wallet'
  AND EXISTS (
    SELECT 1 FROM account a
    WHERE a.bank_id = OLD.bank_id AND a.account_id = OLD.owner_id AND a.state = 'closed')
  AND NOT EXISTS (
    SELECT 1 FROM posting p JOIN journal j ON j.bank_id = p.bank_id AND j.journal_id = p.journal_id
    WHERE p.bank_id = OLD.bank_id AND p.posting_id = NEW.last_posting_id AND j.kind = 'reversal')
BEGIN
  SELECT RAISE(ABORT, 'ledger: a closed account takes nothing in');
END;
