"""Secrets at rest: what the database must be able to give back, encrypted with keys that it does not hold.

The keys are derived from the installation's secret key, and from the former ones that are still allowed,
so that a new secret key takes over without anything being lost (MultiFernet of ``cryptography``).
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gitinsight.errors import ConfigurationError

_KEY_BYTES = 32


def derived_key(secret: str, purpose: str) -> bytes:
    """32 bytes for one purpose (HKDF, RFC 5869), which tell nothing of the secret or of other purposes."""
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=f"gitinsight {purpose}".encode()).derive(
        secret.encode()
    )


class Vault:
    """Encrypts with the first of some secret keys and decrypts with any of them."""

    def __init__(self, secrets: Sequence[str]) -> None:
        keys = (urlsafe_b64encode(derived_key(secret, "secrets at rest")) for secret in secrets)
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def encrypt(self, text: str) -> str:
        """The text for the database."""
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, stored: str) -> str:
        """The text behind what the database holds.

        Raises ConfigurationError where no secret key of this installation opens it.
        """
        try:
            return self._fernet.decrypt(stored.encode()).decode()
        except InvalidToken as error:
            raise ConfigurationError(
                "A stored secret was encrypted with another GITINSIGHT_SECRET_KEY: "
                "name the former one in GITINSIGHT_SECRET_KEY_FALLBACKS."
            ) from error

    def renewed(self, stored: str) -> str:
        """The same secret, encrypted with the first key."""
        return self.encrypt(self.decrypt(stored))
