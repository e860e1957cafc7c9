-- Statements are parted by empty lines.
CREATE TRIGGER decision_once BEFORE INSERT ON decision
WHEN EXISTS (SELECT 1 FROM decision WHERE bank_id = NEW.bank_id AND application_id = NEW.application_id AND number = NEW.number)
BEGIN
  SELECT RAISE(ABORT, 'decision: written once');
END;

CREATE TRIGGER decision_unchanged BEFORE UPDATE ON decision
BEGIN
  SELECT RAISE(ABORT, 'decision: what a decision rests on is never changed');
END;

CREATE TRIGGER decision_stays BEFORE DELETE ON decision
BEGIN
  SELECT RAISE(ABORT, 'decision: what a decision rests on is never deleted');
END;

CREATE TRIGGER source_answer_once BEFORE INSERT ON source_answer
WHEN EXISTS (SELECT 1 FROM source_answer WHERE bank_id = NEW.bank_id AND application_id = NEW.application_id AND source = NEW.source)
BEGIN
  SELECT RAISE(ABORT, 'source_answer: written once');
END;

CREATE TRIGGER source_answer_unchanged BEFORE UPDATE ON source_answer
BEGIN
  SELECT RAISE(ABORT, 'source_answer: what a decision rests on is never changed');
END;

CREATE TRIGGER source_answer_stays BEFORE DELETE ON source_answer
BEGIN
  SELECT RAISE(ABORT, 'source_answer: what a decision rests on is never deleted');
END;

CREATE TRIGGER product_version_once BEFORE INSERT ON product_version
WHEN EXISTS (SELECT 1 FROM product_version WHERE bank_id = NEW.bank_id AND code = NEW.code AND version = NEW.version)
BEGIN
  SELECT RAISE(ABORT, 'product_version: written once');
END;

CREATE TRIGGER product_version_unchanged BEFORE UPDATE ON product_version
BEGIN
  SELECT RAISE(ABORT, 'product_version: what a decision rests on is never changed');
END;

CREATE TRIGGER product_version_stays BEFORE DELETE ON product_version
BEGIN
  SELECT RAISE(ABORT, 'product_version: what a decision rests on is never deleted');
END;

CREATE TRIGGER product_parameter_once BEFORE INSERT ON product_parameter
WHEN EXISTS (SELECT 1 FROM product_parameter WHERE bank_id = NEW.bank_id AND code = NEW.code AND version = NEW.version AND name = NEW.name
             AND effective_on = NEW.effective_on)
BEGIN
  SELECT RAISE(ABORT, 'product_parameter: written once');
END;

CREATE TRIGGER product_parameter_unchanged BEFORE UPDATE ON product_parameter
BEGIN
  SELECT RAISE(ABORT, 'product_parameter: what a decision rests on is never changed');
END;

CREATE TRIGGER product_parameter_stays BEFORE DELETE ON product_parameter
BEGIN
  SELECT RAISE(ABORT, 'product_parameter: what a decision rests on is never deleted');
END;

CREATE TRIGGER contract_once BEFORE INSERT ON contract
WHEN EXISTS (SELECT 1 FROM contract WHERE bank_id = NEW.bank_id
             AND (contract_id = NEW.contract_id OR number = NEW.number OR application_id = NEW.application_id))
BEGIN
  SELECT RAISE(ABORT, 'contract: written once');
END;

CREATE TRIGGER contract_offer_unchanged BEFORE UPDATE ON contract
WHEN OLD.state IN ('signed', 'void') OR NEW.bank_id IS NOT OLD.bank_id OR NEW.number IS NOT OLD.number
  OR NEW.limit_fen IS NOT OLD.limit_fen OR NEW.rate_ppm IS NOT OLD.rate_ppm
  OR NEW.starts_on IS NOT OLD.starts_on OR NEW.ends_on IS NOT OLD.ends_on
  OR NEW.terms IS NOT OLD.terms OR NEW.cost_table IS NOT OLD.cost_table
BEGIN
  SELECT RAISE(ABORT, 'contract: an offer is never changed, nor a contract that has ended');
END;

CREATE TRIGGER contract_stays BEFORE DELETE ON contract
BEGIN
  SELECT RAISE(ABORT, 'contract: a contract is never deleted');
END;
