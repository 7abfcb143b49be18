"""Unpacks zip archives from outside in memory, within limits, whatever their headers claim."""

import zlib
from io import BytesIO
from zipfile import BadZipFile, ZipFile

MOST_MEMBERS = 500

MOST_UNPACKED = 128 * 1024 * 1024
"""Bytes of all members together."""

AT_A_TIME = 1024 * 1024


class ArchiveTooLarge(ValueError):
    """The file is not an archive, or unpacks to more than the limits allow."""


def members(raw: bytes, most: int = MOST_UNPACKED) -> dict[str, bytes]:
    """From the name of each file to its content; folders are left out.

    Raises:
        ArchiveTooLarge: it cannot be unpacked within the limits, or at all; the message says why.
    """
    found: dict[str, bytes] = {}
    left = most
    try:
        with ZipFile(BytesIO(raw)) as archive:
            listed = archive.infolist()
            if len(listed) > MOST_MEMBERS:
                raise ArchiveTooLarge(f"holds more than {MOST_MEMBERS} files.")
            for info in listed:
                if info.is_dir():
                    continue
                if info.flag_bits & 1:
                    raise ArchiveTooLarge("is encrypted. Maybe save it without a password?")
                if info.filename in found:
                    raise ArchiveTooLarge("holds a file twice.")
                content = bytearray()
                with archive.open(info) as member:
                    while part := member.read(AT_A_TIME):
                        content += part
                        left -= len(part)
                        if left < 0:
                            raise ArchiveTooLarge(f"unpacks to more than {most // 2**20} MB.")
                found[info.filename] = bytes(content)
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError):
        raise ArchiveTooLarge("is no archive, or a damaged one.") from None
    except (ValueError, KeyError) as error:
        if isinstance(error, ArchiveTooLarge):
            raise
        raise ArchiveTooLarge("is no archive, or a damaged one.") from None
    return found
