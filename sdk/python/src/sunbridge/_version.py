"""The version of this library, and the version of the API that it was made for."""

VERSION = "0.1.0"
API_VERSION = "2026-12-01"
