-- Statements are parted by empty lines. What these triggers held, the guards of `migrations/guards` hold for all tables.
DROP TRIGGER ledger_account_opens_empty;

DROP TRIGGER ledger_account_moves_by_posting;

DROP TRIGGER ledger_account_stays;

DROP TRIGGER journal_once;

DROP TRIGGER journal_unchanged;

DROP TRIGGER journal_stays;

DROP TRIGGER posting_fits;

DROP TRIGGER posting_unchanged;

DROP TRIGGER posting_stays;

DROP TRIGGER decision_once;

DROP TRIGGER decision_unchanged;

DROP TRIGGER decision_stays;

DROP TRIGGER source_answer_once;

DROP TRIGGER source_answer_unchanged;

DROP TRIGGER source_answer_stays;

DROP TRIGGER product_version_once;

DROP TRIGGER product_version_unchanged;

DROP TRIGGER product_version_stays;

DROP TRIGGER product_parameter_once;

DROP TRIGGER product_parameter_unchanged;

DROP TRIGGER product_parameter_stays;

DROP TRIGGER contract_once;

DROP TRIGGER contract_offer_unchanged;

DROP TRIGGER contract_stays;

DROP TRIGGER loan_once;

DROP TRIGGER loan_keeps_its_terms;

DROP TRIGGER loan_stays;

DROP TRIGGER repayment_once;

DROP TRIGGER repayment_unchanged;

DROP TRIGGER repayment_stays;

DROP TRIGGER switch_entry_once;

DROP TRIGGER switch_entry_unchanged;

DROP TRIGGER switch_entry_stays;

-- What follows is of one table alone.
CREATE TRIGGER ledger_account_opens_empty BEFORE INSERT ON ledger_account
WHEN NEW.balance_fen <> 0 OR NEW.last_posting_id <> 0
BEGIN
  SELECT RAISE(ABORT, 'ledger: an account opens with balance 0');
END;

CREATE TRIGGER ledger_account_moves_by_posting BEFORE UPDATE ON ledger_account
WHEN NEW.last_posting_id IS NULL OR NEW.last_posting_id <= OLD.last_posting_id
  OR NOT EXISTS (
    SELECT 1 FROM posting p
    WHERE p.bank_id = OLD.bank_id AND p.posting_id = NEW.last_posting_id
      AND ((p.debit_code = OLD.code AND p.debit_after_fen = NEW.balance_fen
            AND NEW.balance_fen = OLD.balance_fen
              + CASE WHEN OLD.kind IN ('asset', 'expense') THEN p.amount_fen ELSE -p.amount_fen END)
        OR (p.credit_code = OLD.code AND p.credit_after_fen = NEW.balance_fen
            AND NEW.balance_fen = OLD.balance_fen
              - CASE WHEN OLD.kind IN ('asset', 'expense') THEN p.amount_fen ELSE -p.amount_fen END)))
BEGIN
  SELECT RAISE(ABORT, 'ledger: a balance moves by a posting only');
END;

-- A posting with a great number would leave none to those after it.
CREATE TRIGGER posting_has_the_next_number BEFORE INSERT ON posting
WHEN NEW.posting_id <> (SELECT COALESCE(MAX(posting_id), 0) + 1 FROM posting WHERE bank_id = NEW.bank_id)
BEGIN
  SELECT RAISE(ABORT, 'ledger: a posting has the number after the last');
END;

CREATE TRIGGER contract_ends_once BEFORE UPDATE ON contract
WHEN OLD.state IN ('signed', 'void')
BEGIN
  SELECT RAISE(ABORT, 'contract: a contract that has ended is never changed');
END;

CREATE TRIGGER loan_goes_forward BEFORE UPDATE ON loan
WHEN NEW.closed_through < OLD.closed_through OR OLD.state = 'settled'
BEGIN
  SELECT RAISE(ABORT, 'lending: no day is closed again, and a settled loan stays settled');
END;

CREATE TRIGGER switch_entry_started_by_two BEFORE INSERT ON switch_entry
WHEN NEW.step = 'confirm'
  AND NOT EXISTS (SELECT 1 FROM switch_entry p WHERE p.bank_id = NEW.bank_id AND p.number = NEW.proposal
                  AND p.step = 'propose' AND p.operator = NEW.proposed_by AND p.kind = NEW.kind AND p.name = NEW.name)
BEGIN
  SELECT RAISE(ABORT, 'switches: two operators start');
END;

-- The tables of the kit become STRICT and WITHOUT ROWID, as the others are since 0009.
CREATE TABLE kept_idempotency_key AS SELECT * FROM idempotency_key;

DROP TABLE idempotency_key;

CREATE TABLE idempotency_key (
  bank_id TEXT NOT NULL,
  "key" TEXT NOT NULL,
  caller TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  status INTEGER NOT NULL,
  body TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  CONSTRAINT idempotency_key_pkey PRIMARY KEY (bank_id, "key", caller)
) WITHOUT ROWID, STRICT;

INSERT INTO idempotency_key
SELECT bank_id, "key", caller, fingerprint, status, body, created_at FROM kept_idempotency_key;

DROP TABLE kept_idempotency_key;

CREATE TABLE kept_job_lease AS SELECT * FROM job_lease;

DROP TABLE job_lease;

CREATE TABLE job_lease (
  name TEXT NOT NULL,
  leased_until INTEGER NOT NULL,
  fence INTEGER NOT NULL,
  CONSTRAINT job_lease_pkey PRIMARY KEY (name)
) WITHOUT ROWID, STRICT;

INSERT INTO job_lease SELECT name, leased_until, fence FROM kept_job_lease;

DROP TABLE kept_job_lease;

CREATE TABLE kept_outbox AS SELECT * FROM outbox;

DROP TABLE outbox;

CREATE TABLE outbox (
  id TEXT NOT NULL,
  bank_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  payload TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  leased_until INTEGER,
  fence INTEGER NOT NULL,
  last_error TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  request_id TEXT DEFAULT '' NOT NULL,
  traceparent TEXT DEFAULT '' NOT NULL,
  CONSTRAINT outbox_pkey PRIMARY KEY (id)
) WITHOUT ROWID, STRICT;

CREATE INDEX outbox_due ON outbox (state, due_at);

INSERT INTO outbox
SELECT id, bank_id, kind, subject, payload, state, attempts, due_at, leased_until, fence, last_error, created_at,
       request_id, traceparent
FROM kept_outbox;

DROP TABLE kept_outbox;
