-- Statements are parted by empty lines.
CREATE FUNCTION lending_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'lending: % is never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION loan_keeps_its_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.bank_id <> OLD.bank_id OR NEW.loan_id <> OLD.loan_id OR NEW.line_id <> OLD.line_id
     OR NEW.customer_id <> OLD.customer_id OR NEW.account_id <> OLD.account_id
     OR NEW.intent <> OLD.intent OR NEW.terms::text <> OLD.terms::text OR NEW.agreed::text <> OLD.agreed::text
     OR NEW.drawn_on <> OLD.drawn_on OR NEW.closed_through < OLD.closed_through OR OLD.state = 'settled' THEN
    RAISE EXCEPTION 'lending: a loan keeps its terms, and a settled one stays settled'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER loan_keeps_its_terms BEFORE UPDATE ON loan
  FOR EACH ROW EXECUTE FUNCTION loan_keeps_its_terms();

CREATE TRIGGER loan_stays BEFORE DELETE ON loan
  FOR EACH ROW EXECUTE FUNCTION lending_refuse();

CREATE TRIGGER loan_not_emptied BEFORE TRUNCATE ON loan
  FOR EACH STATEMENT EXECUTE FUNCTION lending_refuse();

CREATE TRIGGER repayment_unchanged BEFORE UPDATE OR DELETE ON repayment
  FOR EACH ROW EXECUTE FUNCTION lending_refuse();

CREATE TRIGGER repayment_not_emptied BEFORE TRUNCATE ON repayment
  FOR EACH STATEMENT EXECUTE FUNCTION lending_refuse();
