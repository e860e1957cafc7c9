"""`python -m mock_partners.bank.core`: prints the API's OpenAPI document, as docs/openapi/core.json keeps it."""

from __future__ import annotations

import json

from mock_partners.bank.core.http.openapi import document
from mock_partners.bank.core.routes import ENDPOINTS

print(json.dumps(document(ENDPOINTS), indent=1, ensure_ascii=False, sort_keys=True))
