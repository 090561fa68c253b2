"""A topic's records as a file: copied out before they are deleted, and read back for a restore."""

from console.kafka.backup.copying import Progress, back_up
from console.kafka.backup.lines import Record
from console.kafka.backup.manifest import Manifest, manifest_of, manifest_path
from console.kafka.backup.reading import Backup, longest, matched, records, sha256_of, verify

__all__ = [
    "Backup",
    "Manifest",
    "Progress",
    "Record",
    "back_up",
    "longest",
    "manifest_of",
    "manifest_path",
    "matched",
    "records",
    "sha256_of",
    "verify",
]
