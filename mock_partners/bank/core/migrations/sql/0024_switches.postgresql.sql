-- Statements are parted by empty lines. The table is named by its schema of the trigger, so that a temporary table of
-- the same name is not read instead.
CREATE FUNCTION switch_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'switches: an entry is never changed' USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER switch_entry_unchanged BEFORE UPDATE OR DELETE ON switch_entry
  FOR EACH ROW EXECUTE FUNCTION switch_entry_refuse();

CREATE TRIGGER switch_entry_not_emptied BEFORE TRUNCATE ON switch_entry
  FOR EACH STATEMENT EXECUTE FUNCTION switch_entry_refuse();

CREATE FUNCTION switch_entry_started_by_two() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  is_proposed boolean;
BEGIN
  IF NEW.step = 'confirm' THEN
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I.switch_entry WHERE bank_id = $1 AND number = $2'
                   ' AND step = ''propose'' AND operator = $3 AND kind = $4 AND name = $5)', TG_TABLE_SCHEMA)
      INTO is_proposed USING NEW.bank_id, NEW.proposal, NEW.proposed_by, NEW.kind, NEW.name;
    IF NOT is_proposed THEN
      RAISE EXCEPTION 'switches: two operators start' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER switch_entry_started_by_two BEFORE INSERT ON switch_entry
  FOR EACH ROW EXECUTE FUNCTION switch_entry_started_by_two();
