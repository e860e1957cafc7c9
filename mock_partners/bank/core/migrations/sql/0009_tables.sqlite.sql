-- Statements are parted by empty lines. A table stands after those it refers to; the journal also stands after the
-- loans and repayments from which its old rows get their subject.
CREATE TABLE consent_text (
  bank_id TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  purpose TEXT NOT NULL,
  version TEXT NOT NULL,
  document TEXT NOT NULL,
  first_given_at INTEGER NOT NULL,
  CONSTRAINT consent_text_pkey PRIMARY KEY (bank_id, sha256)
) WITHOUT ROWID, STRICT;

CREATE TABLE contract_number (
  bank_id TEXT NOT NULL,
  year INTEGER NOT NULL,
  last INTEGER NOT NULL,
  CONSTRAINT contract_number_pkey PRIMARY KEY (bank_id, year)
) WITHOUT ROWID, STRICT;

CREATE TABLE customer (
  bank_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  name TEXT NOT NULL,
  id_number TEXT NOT NULL,
  birth_date TEXT NOT NULL,
  phone TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  CONSTRAINT customer_pkey PRIMARY KEY (bank_id, customer_id),
  CONSTRAINT customer_bank_id_id_number_key UNIQUE (bank_id, id_number)
) WITHOUT ROWID, STRICT;

CREATE TABLE day_close (
  bank_id TEXT NOT NULL,
  day TEXT NOT NULL,
  open_loans INTEGER NOT NULL,
  closed_at INTEGER NOT NULL,
  CONSTRAINT day_close_pkey PRIMARY KEY (bank_id, day)
) WITHOUT ROWID, STRICT;

CREATE TABLE difference (
  bank_id TEXT NOT NULL,
  difference_id TEXT NOT NULL,
  source TEXT NOT NULL,
  subject TEXT NOT NULL,
  code TEXT NOT NULL,
  ours TEXT NOT NULL,
  theirs TEXT NOT NULL,
  found_at INTEGER NOT NULL,
  CONSTRAINT difference_pkey PRIMARY KEY (bank_id, difference_id),
  CONSTRAINT difference_bank_id_source_subject_code_key UNIQUE (bank_id, source, subject, code)
) WITHOUT ROWID, STRICT;

CREATE TABLE product_version (
  bank_id TEXT NOT NULL,
  code TEXT NOT NULL,
  version INTEGER NOT NULL,
  effective_on TEXT NOT NULL,
  document TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  CONSTRAINT product_version_pkey PRIMARY KEY (bank_id, code, version),
  CONSTRAINT product_version_version_counts CHECK (version >= 1)
) WITHOUT ROWID, STRICT;

CREATE TABLE reconciled_day (
  bank_id TEXT NOT NULL,
  day TEXT NOT NULL,
  transfers INTEGER NOT NULL,
  debits_fen INTEGER NOT NULL,
  differences INTEGER NOT NULL,
  reconciled_at INTEGER NOT NULL,
  CONSTRAINT reconciled_day_pkey PRIMARY KEY (bank_id, day)
) WITHOUT ROWID, STRICT;

CREATE TABLE account (
  bank_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  number TEXT NOT NULL,
  state TEXT NOT NULL,
  opened_on TEXT NOT NULL,
  opened_by_intent TEXT NOT NULL,
  CONSTRAINT account_pkey PRIMARY KEY (bank_id, account_id),
  CONSTRAINT account_bank_id_customer_id_fkey FOREIGN KEY(bank_id, customer_id) REFERENCES customer (bank_id, customer_id),
  CONSTRAINT account_bank_id_customer_id_key UNIQUE (bank_id, customer_id),
  CONSTRAINT account_bank_id_number_key UNIQUE (bank_id, number),
  CONSTRAINT account_state_known CHECK (state IN ('open', 'frozen', 'closed'))
) WITHOUT ROWID, STRICT;

CREATE TABLE card_check (
  bank_id TEXT NOT NULL,
  check_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  partner TEXT NOT NULL,
  action TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  card_number TEXT,
  card_phone TEXT,
  bank_name TEXT NOT NULL,
  last_four TEXT NOT NULL,
  tries INTEGER NOT NULL,
  codes INTEGER NOT NULL,
  asked_at INTEGER NOT NULL,
  coded_at INTEGER,
  confirmed_at INTEGER,
  used_by_intent TEXT,
  wrong_code_mark TEXT,
  CONSTRAINT card_check_pkey PRIMARY KEY (bank_id, check_id),
  CONSTRAINT card_check_bank_id_customer_id_fkey FOREIGN KEY(bank_id, customer_id) REFERENCES customer (bank_id, customer_id),
  CONSTRAINT card_check_state_known CHECK (state IN ('checking', 'sending', 'sent', 'confirmed', 'failed'))
) WITHOUT ROWID, STRICT;

CREATE INDEX card_check_of_customer ON card_check (bank_id, customer_id, asked_at);

CREATE TABLE consent (
  bank_id TEXT NOT NULL,
  consent_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  purpose TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  partner TEXT NOT NULL,
  session_ref TEXT NOT NULL,
  given_at INTEGER NOT NULL,
  withdrawn_at INTEGER,
  CONSTRAINT consent_pkey PRIMARY KEY (bank_id, consent_id),
  CONSTRAINT consent_bank_id_customer_id_fkey FOREIGN KEY(bank_id, customer_id) REFERENCES customer (bank_id, customer_id),
  CONSTRAINT consent_bank_id_sha256_fkey FOREIGN KEY(bank_id, sha256) REFERENCES consent_text (bank_id, sha256)
) WITHOUT ROWID, STRICT;

CREATE INDEX consent_of_customer ON consent (bank_id, customer_id, given_at);

CREATE TABLE customer_link (
  bank_id TEXT NOT NULL,
  partner TEXT NOT NULL,
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  linked_at INTEGER NOT NULL,
  CONSTRAINT customer_link_pkey PRIMARY KEY (bank_id, partner, issuer, subject),
  CONSTRAINT customer_link_bank_id_customer_id_fkey FOREIGN KEY(bank_id, customer_id) REFERENCES customer (bank_id, customer_id)
) WITHOUT ROWID, STRICT;

CREATE INDEX customer_link_of_customer ON customer_link (bank_id, customer_id, partner);

CREATE TABLE customer_order (
  bank_id TEXT NOT NULL,
  intent TEXT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  partner TEXT NOT NULL,
  reference TEXT NOT NULL,
  amount_fen INTEGER,
  source TEXT,
  target TEXT,
  steps TEXT NOT NULL,
  reason TEXT,
  result TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  ended_at INTEGER,
  CONSTRAINT customer_order_pkey PRIMARY KEY (bank_id, intent),
  CONSTRAINT customer_order_bank_id_customer_id_fkey FOREIGN KEY(bank_id, customer_id) REFERENCES customer (bank_id, customer_id),
  CONSTRAINT customer_order_bank_id_reference_key UNIQUE (bank_id, reference),
  CONSTRAINT customer_order_state_known CHECK (state IN ('processing', 'succeeded', 'failed')),
  CONSTRAINT customer_order_amount_positive CHECK (amount_fen IS NULL OR amount_fen > 0)
) WITHOUT ROWID, STRICT;

CREATE INDEX customer_order_of_customer ON customer_order (bank_id, customer_id, state);

CREATE TABLE evidence_used (
  bank_id TEXT NOT NULL,
  intent TEXT NOT NULL,
  action TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  digest TEXT NOT NULL,
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  auth_time INTEGER NOT NULL,
  face_evidence_id TEXT,
  methods TEXT DEFAULT 'face' NOT NULL,
  used_at INTEGER NOT NULL,
  CONSTRAINT evidence_used_pkey PRIMARY KEY (bank_id, intent),
  CONSTRAINT evidence_used_bank_id_customer_id_fkey FOREIGN KEY(bank_id, customer_id) REFERENCES customer (bank_id, customer_id)
) WITHOUT ROWID, STRICT;

CREATE TABLE product_parameter (
  bank_id TEXT NOT NULL,
  code TEXT NOT NULL,
  version INTEGER NOT NULL,
  name TEXT NOT NULL,
  effective_on TEXT NOT NULL,
  value INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  CONSTRAINT product_parameter_pkey PRIMARY KEY (bank_id, code, version, name, effective_on),
  CONSTRAINT product_parameter_bank_id_code_version_fkey FOREIGN KEY(bank_id, code, version) REFERENCES product_version (bank_id, code, version)
) WITHOUT ROWID, STRICT;

CREATE TABLE account_opening (
  bank_id TEXT NOT NULL,
  intent TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  card_number TEXT,
  card_phone TEXT,
  particulars TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  CONSTRAINT account_opening_pkey PRIMARY KEY (bank_id, intent),
  CONSTRAINT account_opening_bank_id_intent_fkey FOREIGN KEY(bank_id, intent) REFERENCES customer_order (bank_id, intent),
  CONSTRAINT account_opening_bank_id_customer_id_fkey FOREIGN KEY(bank_id, customer_id) REFERENCES customer (bank_id, customer_id)
) WITHOUT ROWID, STRICT;

CREATE TABLE application (
  bank_id TEXT NOT NULL,
  application_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  intent TEXT NOT NULL,
  product_code TEXT NOT NULL,
  amount_fen INTEGER NOT NULL,
  term_months INTEGER NOT NULL,
  method TEXT NOT NULL,
  purpose TEXT NOT NULL,
  consents TEXT NOT NULL,
  state TEXT NOT NULL,
  timeline TEXT NOT NULL,
  review_requested_at INTEGER,
  review_note TEXT,
  created_at INTEGER NOT NULL,
  CONSTRAINT application_pkey PRIMARY KEY (bank_id, application_id),
  CONSTRAINT application_bank_id_customer_id_fkey FOREIGN KEY(bank_id, customer_id) REFERENCES customer (bank_id, customer_id),
  CONSTRAINT application_bank_id_intent_fkey FOREIGN KEY(bank_id, intent) REFERENCES customer_order (bank_id, intent),
  CONSTRAINT application_bank_id_intent_key UNIQUE (bank_id, intent),
  CONSTRAINT application_amount_positive CHECK (amount_fen > 0),
  CONSTRAINT application_state_known CHECK (state IN ('submitted', 'referred', 'declined', 'approved', 'contract_ready', 'signed', 'expired'))
) WITHOUT ROWID, STRICT;

CREATE INDEX application_of_customer ON application (bank_id, customer_id, created_at);

CREATE UNIQUE INDEX application_one_open ON application (bank_id, customer_id, product_code) WHERE state IN ('submitted', 'referred', 'approved', 'contract_ready');

CREATE TABLE bound_card (
  bank_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  card_token TEXT NOT NULL,
  bank_code TEXT NOT NULL,
  bank_name TEXT NOT NULL,
  last_four TEXT NOT NULL,
  bound_at INTEGER NOT NULL,
  CONSTRAINT bound_card_pkey PRIMARY KEY (bank_id, account_id),
  CONSTRAINT bound_card_bank_id_account_id_fkey FOREIGN KEY(bank_id, account_id) REFERENCES account (bank_id, account_id)
) WITHOUT ROWID, STRICT;

CREATE TABLE particulars (
  bank_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  occupation TEXT NOT NULL,
  address TEXT NOT NULL,
  document_expires_on TEXT,
  tax_resident_of_china_only INTEGER NOT NULL,
  stated_at INTEGER NOT NULL,
  CONSTRAINT particulars_pkey PRIMARY KEY (bank_id, account_id),
  CONSTRAINT particulars_bank_id_account_id_fkey FOREIGN KEY(bank_id, account_id) REFERENCES account (bank_id, account_id)
) WITHOUT ROWID, STRICT;

CREATE TABLE pre_credit (
  bank_id TEXT NOT NULL,
  intent TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  state TEXT NOT NULL,
  offer TEXT NOT NULL,
  valid_until TEXT,
  statement TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  consent_id TEXT NOT NULL,
  checked_at INTEGER NOT NULL,
  CONSTRAINT pre_credit_pkey PRIMARY KEY (bank_id, intent),
  CONSTRAINT pre_credit_bank_id_customer_id_fkey FOREIGN KEY(bank_id, customer_id) REFERENCES customer (bank_id, customer_id),
  CONSTRAINT pre_credit_bank_id_intent_fkey FOREIGN KEY(bank_id, intent) REFERENCES customer_order (bank_id, intent),
  CONSTRAINT pre_credit_bank_id_consent_id_fkey FOREIGN KEY(bank_id, consent_id) REFERENCES consent (bank_id, consent_id),
  CONSTRAINT pre_credit_state_known CHECK (state IN ('offered', 'none'))
) WITHOUT ROWID, STRICT;

CREATE INDEX pre_credit_of_customer ON pre_credit (bank_id, customer_id, checked_at);

CREATE TABLE contract (
  bank_id TEXT NOT NULL,
  contract_id TEXT NOT NULL,
  number TEXT NOT NULL,
  application_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  state TEXT NOT NULL,
  product_code TEXT NOT NULL,
  limit_fen INTEGER NOT NULL,
  rate_ppm INTEGER NOT NULL,
  starts_on TEXT NOT NULL,
  ends_on TEXT NOT NULL,
  offer_until TEXT NOT NULL,
  terms TEXT NOT NULL,
  cost_table TEXT NOT NULL,
  envelope_id TEXT,
  document_sha256 TEXT,
  signing_intent TEXT,
  signing_at INTEGER,
  evidence_digest TEXT,
  certificate TEXT,
  signed_at INTEGER,
  created_at INTEGER NOT NULL,
  CONSTRAINT contract_pkey PRIMARY KEY (bank_id, contract_id),
  CONSTRAINT contract_bank_id_application_id_fkey FOREIGN KEY(bank_id, application_id) REFERENCES application (bank_id, application_id),
  CONSTRAINT contract_bank_id_customer_id_fkey FOREIGN KEY(bank_id, customer_id) REFERENCES customer (bank_id, customer_id),
  CONSTRAINT contract_bank_id_number_key UNIQUE (bank_id, number),
  CONSTRAINT contract_bank_id_application_id_key UNIQUE (bank_id, application_id),
  CONSTRAINT contract_state_known CHECK (state IN ('preparing', 'ready', 'signing', 'signed', 'void')),
  CONSTRAINT contract_offer_whole CHECK (limit_fen > 0 AND ends_on > starts_on)
) WITHOUT ROWID, STRICT;

CREATE TABLE decision (
  bank_id TEXT NOT NULL,
  application_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  limit_fen INTEGER,
  rate_ppm INTEGER,
  line_months INTEGER,
  reasons TEXT NOT NULL,
  better_from TEXT,
  decided_by TEXT NOT NULL,
  decided_at INTEGER NOT NULL,
  product_version INTEGER NOT NULL,
  product_sha256 TEXT NOT NULL,
  lpr_ppm INTEGER NOT NULL,
  facts_sha256 TEXT NOT NULL,
  trace TEXT NOT NULL,
  CONSTRAINT decision_pkey PRIMARY KEY (bank_id, application_id, number),
  CONSTRAINT decision_bank_id_application_id_fkey FOREIGN KEY(bank_id, application_id) REFERENCES application (bank_id, application_id),
  CONSTRAINT decision_outcome_known CHECK (outcome IN ('approved', 'referred', 'declined')),
  CONSTRAINT decision_decider_known CHECK (decided_by IN ('machine', 'person')),
  CONSTRAINT decision_approval_has_terms CHECK ((outcome = 'approved') = (limit_fen IS NOT NULL AND rate_ppm IS NOT NULL AND line_months IS NOT NULL))
) WITHOUT ROWID, STRICT;

CREATE TABLE source_answer (
  bank_id TEXT NOT NULL,
  application_id TEXT NOT NULL,
  source TEXT NOT NULL,
  as_of TEXT NOT NULL,
  facts TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  consent_id TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  CONSTRAINT source_answer_pkey PRIMARY KEY (bank_id, application_id, source),
  CONSTRAINT source_answer_bank_id_application_id_fkey FOREIGN KEY(bank_id, application_id) REFERENCES application (bank_id, application_id),
  CONSTRAINT source_answer_bank_id_consent_id_fkey FOREIGN KEY(bank_id, consent_id) REFERENCES consent (bank_id, consent_id)
) WITHOUT ROWID, STRICT;

CREATE TABLE credit_line (
  bank_id TEXT NOT NULL,
  line_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  contract_id TEXT NOT NULL,
  contract_number TEXT NOT NULL,
  product_code TEXT NOT NULL,
  product_name TEXT NOT NULL,
  state TEXT NOT NULL,
  revolving INTEGER NOT NULL,
  limit_fen INTEGER NOT NULL,
  used_fen INTEGER NOT NULL,
  held_fen INTEGER NOT NULL,
  rate_ppm INTEGER NOT NULL,
  ends_on TEXT NOT NULL,
  min_draw_fen INTEGER NOT NULL,
  step_fen INTEGER NOT NULL,
  tenors_months TEXT NOT NULL,
  methods TEXT NOT NULL,
  servicing TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  CONSTRAINT credit_line_pkey PRIMARY KEY (bank_id, line_id),
  CONSTRAINT credit_line_bank_id_customer_id_fkey FOREIGN KEY(bank_id, customer_id) REFERENCES customer (bank_id, customer_id),
  CONSTRAINT credit_line_bank_id_contract_id_fkey FOREIGN KEY(bank_id, contract_id) REFERENCES contract (bank_id, contract_id),
  CONSTRAINT credit_line_bank_id_contract_id_key UNIQUE (bank_id, contract_id),
  CONSTRAINT credit_line_state_known CHECK (state IN ('open', 'frozen', 'ended')),
  CONSTRAINT credit_line_nothing_negative CHECK (used_fen >= 0 AND held_fen >= 0),
  CONSTRAINT credit_line_available_never_negative CHECK (used_fen + held_fen <= limit_fen)
) WITHOUT ROWID, STRICT;

CREATE INDEX credit_line_of_customer ON credit_line (bank_id, customer_id);

CREATE TABLE loan (
  bank_id TEXT NOT NULL,
  loan_id TEXT NOT NULL,
  line_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  partner TEXT NOT NULL,
  intent TEXT NOT NULL,
  product_name TEXT NOT NULL,
  contract_id TEXT NOT NULL,
  contract_number TEXT NOT NULL,
  terms TEXT NOT NULL,
  agreed TEXT NOT NULL,
  drawn_on TEXT NOT NULL,
  state TEXT NOT NULL,
  principal_fen INTEGER NOT NULL,
  interest_fen INTEGER NOT NULL,
  penalty_fen INTEGER NOT NULL,
  closed_through TEXT NOT NULL,
  CONSTRAINT loan_pkey PRIMARY KEY (bank_id, loan_id),
  CONSTRAINT loan_bank_id_line_id_fkey FOREIGN KEY(bank_id, line_id) REFERENCES credit_line (bank_id, line_id),
  CONSTRAINT loan_bank_id_customer_id_fkey FOREIGN KEY(bank_id, customer_id) REFERENCES customer (bank_id, customer_id),
  CONSTRAINT loan_bank_id_account_id_fkey FOREIGN KEY(bank_id, account_id) REFERENCES account (bank_id, account_id),
  CONSTRAINT loan_bank_id_intent_fkey FOREIGN KEY(bank_id, intent) REFERENCES customer_order (bank_id, intent),
  CONSTRAINT loan_bank_id_intent_key UNIQUE (bank_id, intent),
  CONSTRAINT loan_state_known CHECK (state IN ('active', 'overdue', 'settled')),
  CONSTRAINT loan_nothing_negative CHECK (principal_fen >= 0 AND interest_fen >= 0 AND penalty_fen >= 0),
  CONSTRAINT loan_settled_owes_nothing CHECK ((state = 'settled') = (principal_fen = 0 AND interest_fen = 0 AND penalty_fen = 0))
) WITHOUT ROWID, STRICT;

CREATE INDEX loan_of_customer ON loan (bank_id, customer_id);

CREATE INDEX loan_of_line ON loan (bank_id, line_id);

CREATE INDEX loan_to_close ON loan (bank_id, state, closed_through);

CREATE TABLE repayment (
  bank_id TEXT NOT NULL,
  loan_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  intent TEXT NOT NULL,
  kind TEXT NOT NULL,
  origin TEXT NOT NULL,
  amount_fen INTEGER NOT NULL,
  fees_fen INTEGER NOT NULL,
  penalty_fen INTEGER NOT NULL,
  interest_fen INTEGER NOT NULL,
  principal_fen INTEGER NOT NULL,
  value_date TEXT NOT NULL,
  booked_at INTEGER NOT NULL,
  CONSTRAINT repayment_pkey PRIMARY KEY (bank_id, loan_id, number),
  CONSTRAINT repayment_bank_id_loan_id_fkey FOREIGN KEY(bank_id, loan_id) REFERENCES loan (bank_id, loan_id),
  CONSTRAINT repayment_bank_id_intent_fkey FOREIGN KEY(bank_id, intent) REFERENCES customer_order (bank_id, intent),
  CONSTRAINT repayment_bank_id_intent_key UNIQUE (bank_id, intent),
  CONSTRAINT repayment_kind_known CHECK (kind IN ('due', 'part', 'full')),
  CONSTRAINT repayment_origin_known CHECK (origin IN ('customer', 'collection')),
  CONSTRAINT repayment_amount_positive CHECK (amount_fen > 0),
  CONSTRAINT repayment_parts_add_up CHECK (fees_fen >= 0 AND penalty_fen >= 0 AND interest_fen >= 0 AND principal_fen >= 0 AND fees_fen + penalty_fen + interest_fen + principal_fen = amount_fen)
) WITHOUT ROWID, STRICT;

CREATE TABLE ledger_account (
  bank_id TEXT NOT NULL,
  code TEXT NOT NULL,
  role TEXT NOT NULL,
  owner_id TEXT,
  kind TEXT NOT NULL,
  floor_fen INTEGER,
  balance_fen INTEGER NOT NULL,
  last_posting_id INTEGER NOT NULL,
  CONSTRAINT ledger_account_pkey PRIMARY KEY (bank_id, code),
  CONSTRAINT ledger_account_kind_known CHECK (kind IN ('asset', 'expense', 'liability', 'income', 'equity')),
  CONSTRAINT ledger_account_balance_above_floor CHECK (floor_fen IS NULL OR balance_fen >= floor_fen)
) WITHOUT ROWID, STRICT;

CREATE TABLE journal (
  bank_id TEXT NOT NULL,
  journal_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  intent TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  reverses TEXT,
  reference TEXT NOT NULL,
  counterparty TEXT,
  value_date TEXT NOT NULL,
  business_date TEXT NOT NULL,
  booked_at INTEGER NOT NULL,
  CONSTRAINT journal_pkey PRIMARY KEY (bank_id, journal_id),
  CONSTRAINT journal_bank_id_reverses_fkey FOREIGN KEY(bank_id, reverses) REFERENCES journal (bank_id, journal_id),
  CONSTRAINT journal_bank_id_intent_kind_key UNIQUE (bank_id, intent, kind),
  CONSTRAINT journal_bank_id_reverses_key UNIQUE (bank_id, reverses)
) WITHOUT ROWID, STRICT;

CREATE INDEX journal_of_subject ON journal (bank_id, subject_kind, subject_id);

CREATE TABLE posting (
  bank_id TEXT NOT NULL,
  posting_id INTEGER NOT NULL,
  journal_id TEXT NOT NULL,
  debit_code TEXT NOT NULL,
  credit_code TEXT NOT NULL,
  amount_fen INTEGER NOT NULL,
  debit_after_fen INTEGER NOT NULL,
  credit_after_fen INTEGER NOT NULL,
  CONSTRAINT posting_pkey PRIMARY KEY (bank_id, posting_id),
  CONSTRAINT posting_bank_id_journal_id_fkey FOREIGN KEY(bank_id, journal_id) REFERENCES journal (bank_id, journal_id),
  CONSTRAINT posting_bank_id_debit_code_fkey FOREIGN KEY(bank_id, debit_code) REFERENCES ledger_account (bank_id, code),
  CONSTRAINT posting_bank_id_credit_code_fkey FOREIGN KEY(bank_id, credit_code) REFERENCES ledger_account (bank_id, code),
  CONSTRAINT posting_amount_in_range CHECK (amount_fen > 0 AND amount_fen <= 999999999999999),
  CONSTRAINT posting_two_sides CHECK (debit_code <> credit_code)
) WITHOUT ROWID, STRICT;

CREATE INDEX posting_of_credit ON posting (bank_id, credit_code, posting_id);

CREATE INDEX posting_of_debit ON posting (bank_id, debit_code, posting_id);

CREATE INDEX posting_of_journal ON posting (bank_id, journal_id);
