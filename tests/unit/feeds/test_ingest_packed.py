"""Packed files: unpacked under caps before anything else, known by their content, refused by name when damaged."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib

import pyarrow as pa
import pytest

from pipelines.explaining.source import sources_of
from pipelines.packing import content_bytes
from pipelines.proof import verify_workspace
from pipelines.workspace import Workspace, utc_now
from tests.lib.inbox import Place
from tests.lib.raw_files import MOBIEL_HEADER, content, mobiel_file, mobiel_line

RAW = content(mobiel_file(5))


@pytest.fixture
def place(tmp_path, migrated_sqlite):
    made = Place(tmp_path / "workspace", migrated_sqlite)
    yield made
    made.store.close()


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, raw in members:
            archive.writestr(name, raw)
    return out.getvalue()


def zstd(raw: bytes) -> bytes:
    return pa.compress(raw, codec="zstd", asbytes=True)


PACKED = {
    "gz": gzip.compress(RAW),
    "zip": zipped(("../../etc/cron.d/x", RAW)),
    "zst": zstd(RAW),
}


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o120777 << 16
    return info


@pytest.mark.parametrize("suffix", PACKED)
def test_a_packed_file_is_read_as_its_content_and_archived_as_it_arrived(place, suffix):
    place.put(f"mobiel-1.csv.{suffix}", PACKED[suffix])
    assert place.ingest().calls_accepted == 5
    [row] = place.register().to_dicts()
    assert (row["file_name"], row["size_bytes"], row["lines"]) == (f"mobiel-1.csv.{suffix}", len(RAW), 6)
    [copy] = place.settings.archive.glob("raw/*/*")
    assert copy.name == f"{row['file_id']}.{suffix}"
    assert copy.read_bytes() == PACKED[suffix]
    assert content_bytes(copy) == RAW
    assert list(place.settings.workspace.rglob("*etc*")) == []


@pytest.mark.parametrize("suffix", PACKED)
def test_the_packing_is_told_by_its_bytes_and_not_by_its_name(place, suffix):
    place.put("mobiel-1.csv", PACKED[suffix])
    place.put("mobiel-2.csv.gz", content(mobiel_file(6)))
    assert place.ingest().calls_accepted == 6


def test_packed_in_any_way_or_not_it_is_one_file(place):
    for number, raw in enumerate((*PACKED.values(), gzip.compress(RAW, 1), RAW)):
        place.put(f"mobiel-{number}.csv", raw)
    done = place.ingest()
    assert (done.files_accepted, done.files_duplicate, done.calls_accepted) == (1, 4, 5)
    assert len(list(place.settings.archive.glob("raw/*/*"))) == 1


def test_several_gzip_members_are_one_file(place):
    head, tail = RAW[:100], RAW[100:]
    place.put("mobiel-1.csv.gz", gzip.compress(head) + gzip.compress(tail))
    place.put("mobiel-2.csv.zst", zstd(head) + zstd(tail))
    done = place.ingest()
    assert (done.calls_accepted, done.files_duplicate) == (5, 1)


def _bad_crc(packed: bytes) -> bytes:
    return packed[:-8] + struct.pack("<L", zlib.crc32(RAW) ^ 1) + packed[-4:]


DAMAGED = {
    "gzip cut": ("gzip", PACKED["gz"][:-9]),
    "gzip header only": ("gzip", PACKED["gz"][:10]),
    "gzip with a bad sum": ("gzip", _bad_crc(PACKED["gz"])),
    "gzip with bytes behind it": ("gzip", PACKED["gz"] + b"and more"),
    "gzip spoilt inside": ("gzip", PACKED["gz"][:40] + b"\xff\xff\xff" + PACKED["gz"][43:]),
    "gzip in gzip": ("gzip", gzip.compress(PACKED["gz"])),
    "zip in gzip": ("gzip", gzip.compress(PACKED["zip"])),
    "zip cut": ("zip", PACKED["zip"][:-30]),
    "zip with bytes behind it": ("zip", PACKED["zip"] + b"and more"),
    "zip spoilt inside": ("zip", PACKED["zip"].replace(PACKED["zip"][60:64], b"\0\0\0\0", 1)),
    "zip of nothing": ("zip", zipped()),
    "zip of two files": ("zip", zipped(("a", RAW), ("b", RAW))),
    "zip of a folder": ("zip", zipped(("folder/", b""))),
    "zip of a link": ("zip", zipped((link("mobiel-1.csv"), b"/etc/passwd"))),
    "zip in zip": ("zip", zipped(("a.zip", PACKED["zip"]))),
    "zip packed in a rare way": ("zip", zipped(("a", RAW), method=zipfile.ZIP_LZMA)),
    "zip locked": ("zip", PACKED["zip"].replace(b"PK\x01\x02\x14\x03\x14\0\0\0", b"PK\x01\x02\x14\x03\x14\0\x01\0")),
    "zstd cut": ("zstd", PACKED["zst"][:-5]),
    "zstd with bytes behind it": ("zstd", PACKED["zst"] + b"and more"),
    "zstd spoilt inside": ("zstd", PACKED["zst"][:30] + b"\xff\xff\xff" + PACKED["zst"][33:]),
    "gzip bomb": ("ratio", gzip.compress(b"0;" * 5_000_000)),
    "zstd bomb": ("ratio", zstd(b"0;" * 5_000_000)),
    "zip bomb": ("ratio", zipped(("a", b"0;" * 5_000_000))),
}


@pytest.mark.parametrize("what", DAMAGED)
def test_a_damaged_packing_is_refused_by_name_and_kept(place, what):
    reason, raw = DAMAGED[what]
    place.put("mobiel-1.csv", raw)
    place.put("mobiel-2.csv", mobiel_file(3))
    done = place.ingest()
    assert [name for name, _ in done.refused] == ["mobiel-1.csv"]
    assert (done.calls_accepted, done.failed) == (3, ())
    [row] = place.register().filter(status="refused").to_dicts()
    assert row["reason"].partition(": ")[0] == reason
    assert (place.settings.archive / "raw" / row["file_id"][:2] / row["file_id"]).read_bytes() == raw
    assert list(place.settings.workspace.glob(".reading*")) == []


def test_what_unpacks_to_more_than_a_file_may_hold_is_refused(place):
    lines = content(
        [MOBIEL_HEADER, *(mobiel_line(n, start=f"{n % 28 + 1:02d}-09-2026 12:00:00") for n in range(30_000))]
    )
    assert len(lines) > 1 << 20
    place.put("mobiel-1.csv.gz", gzip.compress(lines))
    [(_, sentence)] = place.ingest(max_file_mebibytes=1).refused
    assert sentence.startswith("unpacked, the file is larger than 1 MiB; split it")


def test_a_zip_whose_directory_claims_to_be_huge_is_not_even_read(place):
    end = PACKED["zip"].rindex(b"PK\x05\x06")
    claim = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, end - 10, 10, 0)
    place.put("mobiel-1.csv", PACKED["zip"][:10] + b"\0" * (1 << 20) + PACKED["zip"][10:end] + claim)
    assert [sentence for _, sentence in place.ingest().refused] == [
        "the zip is cut, damaged or followed by other bytes; ask for it again"
    ]


@pytest.mark.parametrize("suffix", PACKED)
def test_what_was_packed_is_verified_explained_and_found_damaged(place, suffix):
    place.put("mobiel-1.csv", PACKED[suffix])
    place.ingest()
    workspace = Workspace(place.settings, place.store, place.lake, utc_now)
    assert verify_workspace(workspace)[1] == []
    found = sources_of(workspace, place.calls())
    assert found["mobiel/M3"].raw_line == mobiel_line(3)
    [copy] = place.settings.archive.glob("raw/*/*")
    copy.chmod(0o644)
    copy.write_bytes(PACKED[suffix][:-9])
    assert len(verify_workspace(workspace)[1]) == 1
    place.put("mobiel-9.csv", RAW)  # the same content mends it, in whatever packing
    assert place.ingest().files_duplicate == 1
    assert verify_workspace(workspace)[1] == []
    assert len(list(place.settings.archive.glob("raw/*/*"))) == 1
