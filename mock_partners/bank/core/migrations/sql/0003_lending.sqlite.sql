-- Statements are parted by empty lines.
CREATE TRIGGER loan_once BEFORE INSERT ON loan
WHEN EXISTS (SELECT 1 FROM loan WHERE bank_id = NEW.bank_id
             AND (loan_id = NEW.loan_id OR intent = NEW.intent))
BEGIN
  SELECT RAISE(ABORT, 'lending: a loan is written once');
END;

CREATE TRIGGER loan_keeps_its_terms BEFORE UPDATE ON loan
WHEN NEW.bank_id IS NOT OLD.bank_id OR NEW.loan_id IS NOT OLD.loan_id OR NEW.line_id IS NOT OLD.line_id
  OR NEW.customer_id IS NOT OLD.customer_id OR NEW.account_id IS NOT OLD.account_id
  OR NEW.intent IS NOT OLD.intent OR NEW.terms IS NOT OLD.terms OR NEW.agreed IS NOT OLD.agreed
  OR NEW.drawn_on IS NOT OLD.drawn_on OR NEW.closed_through < OLD.closed_through OR OLD.state = 'settled'
BEGIN
  SELECT RAISE(ABORT, 'lending: a loan keeps its terms, and a settled one stays settled');
END;

CREATE TRIGGER loan_stays BEFORE DELETE ON loan
BEGIN
  SELECT RAISE(ABORT, 'lending: a loan is never deleted');
END;

CREATE TRIGGER repayment_once BEFORE INSERT ON repayment
WHEN EXISTS (SELECT 1 FROM repayment WHERE bank_id = NEW.bank_id
             AND (intent = NEW.intent OR (loan_id = NEW.loan_id AND number = NEW.number)))
BEGIN
  SELECT RAISE(ABORT, 'lending: a repayment is written once');
END;

CREATE TRIGGER repayment_unchanged BEFORE UPDATE ON repayment
BEGIN
  SELECT RAISE(ABORT, 'lending: a repayment is never changed');
END;

CREATE TRIGGER repayment_stays BEFORE DELETE ON repayment
BEGIN
  SELECT RAISE(ABORT, 'lending: a repayment is never deleted');
END;
