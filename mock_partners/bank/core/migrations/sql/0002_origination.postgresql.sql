-- Statements are parted by empty lines.
CREATE FUNCTION origination_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%: what a decision rests on is never changed', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER decision_unchanged BEFORE UPDATE OR DELETE ON decision
  FOR EACH ROW EXECUTE FUNCTION origination_refuse();

CREATE TRIGGER decision_not_emptied BEFORE TRUNCATE ON decision
  FOR EACH STATEMENT EXECUTE FUNCTION origination_refuse();

CREATE TRIGGER source_answer_unchanged BEFORE UPDATE OR DELETE ON source_answer
  FOR EACH ROW EXECUTE FUNCTION origination_refuse();

CREATE TRIGGER source_answer_not_emptied BEFORE TRUNCATE ON source_answer
  FOR EACH STATEMENT EXECUTE FUNCTION origination_refuse();

CREATE TRIGGER product_version_unchanged BEFORE UPDATE OR DELETE ON product_version
  FOR EACH ROW EXECUTE FUNCTION origination_refuse();

CREATE TRIGGER product_version_not_emptied BEFORE TRUNCATE ON product_version
  FOR EACH STATEMENT EXECUTE FUNCTION origination_refuse();

CREATE TRIGGER product_parameter_unchanged BEFORE UPDATE OR DELETE ON product_parameter
  FOR EACH ROW EXECUTE FUNCTION origination_refuse();

CREATE TRIGGER product_parameter_not_emptied BEFORE TRUNCATE ON product_parameter
  FOR EACH STATEMENT EXECUTE FUNCTION origination_refuse();

CREATE FUNCTION contract_offer_unchanged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state IN ('signed', 'void')
    OR (NEW.bank_id, NEW.number, NEW.limit_fen, NEW.rate_ppm, NEW.starts_on, NEW.ends_on,
        NEW.terms::text, NEW.cost_table::text)
    IS DISTINCT FROM (OLD.bank_id, OLD.number, OLD.limit_fen, OLD.rate_ppm, OLD.starts_on, OLD.ends_on,
        OLD.terms::text, OLD.cost_table::text) THEN
    RAISE EXCEPTION 'contract: an offer is never changed, nor a contract that has ended'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER contract_offer_unchanged BEFORE UPDATE ON contract
  FOR EACH ROW EXECUTE FUNCTION contract_offer_unchanged();

CREATE TRIGGER contract_stays BEFORE DELETE ON contract
  FOR EACH ROW EXECUTE FUNCTION origination_refuse();

CREATE TRIGGER contract_not_emptied BEFORE TRUNCATE ON contract
  FOR EACH STATEMENT EXECUTE FUNCTION origination_refuse();
