"""TAP 3.12: each event one call, message or session; what is no TAP, or broken, is refused by name."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from belnota.errors import Refused
from belnota.settings import Feed
from pipelines.feeds import FileRefused, reader_of
from tests.lib.parts_place import PartsPlace
from tests.lib.tap_files import MESSAGING, SUPPLEMENTARY, batch, ber, call, number, session

FEED = Feed("roaming", "tap_3_12", "CD*")
SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "tap3_rap_nrtrde"
SIX = [
    call(),
    call(tag=10, other="31201234567", stamp="20261005120100", code=1),
    call(teleservice="22", seconds=0, other="31687654321"),
    session(up=number(2_200_000_000), down=number(1_200_000_000)),
    SUPPLEMENTARY,
    MESSAGING,
]


def read(node, **options):
    return reader_of(Feed("roaming", "tap_3_12", "CD*", options=options))(
        node if isinstance(node, bytes) else ber(node)
    )


def test_each_event_is_a_call_a_message_a_session_filtered_or_rejected_by_name():
    result = read(batch(SIX, charge=400))

    assert (result.lines, result.records.height, result.filtered_lines, result.rejects.height) == (6, 4, 1, 1)
    assert result.rejects.select("line_number", "reason").rows() == [(6, "record_type")]
    said = result.records.select("service", "direction", "own_number", "other_number", "quantity", "country").rows()
    own = "+31612345678"
    assert said == [
        ("voice", "out", own, "+4930123456", 61, "de"),
        ("voice", "in", own, "+31201234567", 61, "de"),
        ("sms", "out", own, "+31687654321", 1, "de"),
        ("data", "out", own, "anonymous", 3_400_000_000, "de"),
    ]
    assert result.note == ""
    assert result.sequence is None


def test_an_event_starts_at_its_local_time_less_the_offset_that_its_code_names():
    result = read(batch([call(), call(code=1, stamp="20261005235959")]))

    assert result.records["answered_at"].to_list() == [
        dt.datetime(2026, 10, 5, 10, tzinfo=dt.UTC),
        dt.datetime(2026, 10, 6, 5, 29, 59, tzinfo=dt.UTC),
    ]


def test_a_time_that_does_not_exist_or_a_code_that_nobody_explained_is_rejected():
    events = [call(stamp="20260230120000"), call(code=9), call(stamp="2026100512"), call()]
    result = read(batch([*events], offsets=("+0200", "+2500")))
    odd = read(batch([call(code=1)], offsets=("+0200", "+2500")))

    assert result.rejects["reason"].to_list() == ["time", "time", "time"]
    assert odd.rejects["reason"].to_list() == ["time"]
    assert result.records.height == 1


def test_definite_and_indefinite_lengths_say_the_same():
    plain, indefinite = read(ber(batch(SIX))), read(ber(batch(SIX), indefinite=True) + b"\0\0\0\0")

    assert plain.records.equals(indefinite.records)


def test_a_volume_without_its_leading_zero_byte_is_negative_and_goes_to_quarantine():
    volume = (4_294_967_294).to_bytes(4, "big")  # reads as -2
    result = read(batch([session(up=volume, down=number(5)), session(up=b"\0" + volume, down=number(5))]))

    assert result.rejects.select("line_number", "reason").rows() == [(1, "range")]
    assert "'5 + -2'" in result.rejects["detail"][0]
    assert result.records["quantity"].to_list() == [4_294_967_299]


def test_volumes_and_durations_of_any_size_neither_wrap_nor_raise():
    huge = number(2**70)
    result = read(
        batch([session(up=huge, down=huge), session(up=number(2**61), down=number(2**61)), call(seconds=2**40)])
    )

    assert result.rejects["reason"].to_list() == ["range"] * 3


def test_without_a_number_the_sim_stands_for_it_so_that_it_lands_in_suspense():
    result = read(batch([call(msisdn="")]))

    assert result.records["own_number"].to_list() == ["?imsi:204081234567890"]


def test_what_was_dialled_is_kept_and_short_codes_stay_short():
    result = read(batch([call(other="112", dialled="112"), call(other="", dialled="", reference="01")]))

    assert result.records.select("other_number", "dialled").rows() == [("+31112", "112"), ("anonymous", "")]


def test_the_files_own_count_and_charge_are_compared_and_told():
    result = read(batch([call(), call(reference="02")], count=3, charge=2300))

    assert result.records.height == 2
    assert result.note == (
        "it says that it has 3 events and has 2; its total charge is 2,300 and its events add up to 200"
    )


def test_the_same_event_in_another_file_has_the_same_key_and_twins_in_one_are_kept_apart():
    one, other = read(batch([call(), call()])), read(batch([call()], sequence="00013"))

    assert one.records["key"].n_unique() == 2
    assert other.records["key"][0] == one.records["key"][0]


def test_with_a_sender_file_numbers_are_followed_and_others_are_refused():
    assert read(batch([call()]), sender="DEUD2").sequence == 12
    with pytest.raises(FileRefused, match="the file is of FRAF1, this feed's files are of DEUD2"):
        read(batch([], sender="FRAF1"), sender="DEUD2")


def test_the_country_comes_from_the_sender_or_is_told_and_is_never_guessed():
    assert read(batch([call()], sender="GBRCN")).records["country"].to_list() == ["gb"]
    assert read(batch([call()], sender="AAMT1"), countries={"AAMT1": "NO"}).records["country"].to_list() == ["no"]
    with pytest.raises(FileRefused, match=r"AAMT1.* names no country; say it in"):
        read(batch([call()], sender="AAMT1"))


def nested(depth):
    node = (3, [])
    for _ in range(depth):
        node = (3, [node])
    return node


@pytest.mark.parametrize(
    ("content", "reason", "sentence"),
    [
        (b"", "empty", "the file is empty"),
        (ber((2, [(196, b"DEUD2")])), "notification", "nothing to bill"),
        (ber((534, [(196, b"DEUD2")])), "rap", "it is a RAP file"),
        (ber((1, [(95, number(2)), (98, [])])), "layout", "perhaps NRTRDE"),
        (ber(batch([], release=11)), "layout", "it is TAP 3.11; read here is TAP 3.12"),
        (ber(batch([call()], is_test=True)), "test_file", "must not be billed"),
        (ber(batch([], sender="")), "layout", "does not say who sent it"),
        (ber(batch([])) + b"garbage", "ber", "there are 7 bytes after the end"),
        (ber(batch([call()]))[:-9], "ber", "bytes, and .* are left"),
        (ber(batch([call()]), indefinite=True)[:-3], "ber", "not complete"),
        (b"\x61\x84\xff\xff\xff\xff" + b"\0" * 20, "ber", "says it has 4,294,967,295 bytes"),
        (b"\x61\x88" + b"\xff" * 8, "ber", "says it has 18,446,744,073,709,551,615 bytes"),
        (b"\x61\x89" + b"\xff" * 9, "ber", "a length is longer than any length can be"),
        (b"\x7f\xff\xff\xff\xff\x7f\x00", "ber", "a tag is longer"),
        (b"\x61\x04\x41\x80\0\0", "ber", "a plain value has no length"),
        (b"\x61\x80" * 100_000, "ber", "nested deeper than 32"),
        (ber(batch([nested(200)])), "ber", "nested deeper than 32"),
        (b"id;number;seconds\n1;2;3\n", "layout", "does not begin as a TAP file does"),
    ],
)
def test_what_is_no_tap_or_broken_is_refused_by_name(content, reason, sentence):
    with pytest.raises(FileRefused, match=sentence) as refusal:
        read(content)
    assert refusal.value.reason == reason


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_damage_ever_raises_anything_else_than_a_refusal(data):
    whole = bytearray(ber(batch(SIX), indefinite=data.draw(st.booleans())))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(whole) - 1))
        match data.draw(st.sampled_from(["set", "cut", "drop", "add"])):
            case "set":
                whole[place] = data.draw(st.integers(0, 255))
            case "cut":
                del whole[max(place, 1) :]
            case "drop" if len(whole) > 1:
                del whole[place]
            case _:
                whole.insert(place, data.draw(st.integers(0, 255)))
    with suppress(FileRefused):
        result = read(bytes(whole))
        assert result.lines == result.records.height + result.filtered_lines + result.rejects.height


@pytest.mark.parametrize(
    "options", [{"countries": "de"}, {"countries": {"DEUD2": "germany"}}, {"sender": 5}, {"country": "de"}]
)
def test_wrong_options_are_refused(options):
    with pytest.raises(Refused):
        reader_of(Feed("roaming", "tap_3_12", "CD*", options=options))


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared is not here")
@pytest.mark.parametrize(
    ("name", "lines", "records", "filtered", "note"),
    [
        ("tap_3_12_valid", 4, 3, 1, "its total charge is 2,300 and its events add up to 71,200"),
        ("tap_3_12_valid_most_indef", 4, 3, 1, "its total charge is 2,300 and its events add up to 71,200"),
        ("tap_3_12_timestamps", 5, 3, 2, "it says that it has 4 events and has 5; its total charge is 2,300 and"),
        ("tap_3_12_negative_volume_fixed", 1, 1, 0, "it says that it has 4 events and has 1; its total charge is"),
    ],
)
def test_the_samples_are_read_whole(name, lines, records, filtered, note):
    result = read((SAMPLES / f"{name}.ber").read_bytes(), countries={"WERFD": "de"})

    assert (result.lines, result.records.height, result.filtered_lines) == (lines, records, filtered)
    assert result.note.startswith(note)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared is not here")
def test_the_sample_says_what_its_expected_decode_says():
    result = read((SAMPLES / "tap_3_12_valid.ber").read_bytes(), countries={"WERFD": "de"})

    assert result.records.select("direction", "own_number", "quantity").rows() == [
        ("in", "?imsi:133713371337133", 153),
        ("out", "?imsi:232323232323232", 213),
        ("out", "?imsi:232323232323232", 3_400_000_000),
    ]
    assert result.records["answered_at"][0] == dt.datetime(2014, 3, 1, 12, 3, 42, tzinfo=dt.UTC)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared is not here")
@pytest.mark.parametrize(("name", "reason"), [("tap_notification", "notification"), ("nrt_2_1", "layout")])
def test_the_samples_that_are_no_tap_are_refused(name, reason):
    with pytest.raises(FileRefused) as refusal:
        read((SAMPLES / f"{name}.ber").read_bytes(), countries={"WERFD": "de"})
    assert refusal.value.reason == reason


def test_a_file_goes_through_the_inbox_with_its_note_and_is_known_when_it_comes_again(tmp_path, migrated_sqlite):
    feed = Feed("roaming", "tap_3_12", "CD*", options={"sender": "DEUD2"})
    place = PartsPlace(tmp_path / "workspace", migrated_sqlite, feed)
    whole = ber(batch(SIX, charge=399))
    (place.settings.inbox / "CDDEUD2NLDAB00012").write_bytes(whole)
    (place.settings.inbox / "CDDEUD2NLDAB00013").write_bytes(ber(batch(SIX[:2], sequence="00013", charge=200)))
    (place.settings.inbox / "CDDEUD2NLDAB00014").write_bytes(whole[:-5])
    done = place.ingest()

    assert (done.files_accepted, done.files_refused, done.calls_accepted, done.calls_duplicate) == (2, 1, 4, 2)
    assert ("CDDEUD2NLDAB00012", "its total charge is 399 and its events add up to 400") in done.notes
    assert place.quarantine() == [("CDDEUD2NLDAB00012", 6, "record_type")]
    assert all(left == right for left, right in place.controls().values())
    assert place.controls()["roaming", "files"] == (2, 2)
    place.store.close()
