ALTER TABLE contract DISABLE TRIGGER contract_ends_once

UPDATE contract SET signed_sha256 = document_sha256, signed_prefix_sha256 = document_sha256 WHERE state = 'signed'

ALTER TABLE contract ENABLE ALWAYS TRIGGER contract_ends_once

UPDATE evidence_used SET document_sha256 = (
  SELECT c.document_sha256 FROM contract c
  WHERE c.bank_id = evidence_used.bank_id AND c.signing_intent = evidence_used.intent)
WHERE action = 'contract_signing'

INSERT INTO outbox (id, bank_id, kind, subject, payload, state, attempts, due_at, fence, last_error, created_at)
SELECT replace(gen_random_uuid()::text, '-', ''), bank_id, 'contract.prepare', contract_id, json_build_object('partner', '', 'customer_id', customer_id), 'ready', 0, created_at, 0, '', created_at
FROM contract WHERE state = 'ready'

UPDATE application SET state = 'approved'
WHERE EXISTS (
  SELECT 1 FROM contract c
  WHERE c.bank_id = application.bank_id AND c.application_id = application.application_id AND c.state = 'ready')

UPDATE contract SET state = 'preparing', draft = 2, renewed_for = 'document', envelope_id = NULL, document_sha256 = NULL
WHERE state = 'ready'
