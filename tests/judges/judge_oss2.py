"""oss2 (signature versions 1 and 4) judges the emulator."""

import os
import urllib.request

import oss2
import pytest

from conftest import BUCKET, DOTTED_KEY, ENDPOINT, KEY, ODD_KEYS, REGION, STS, VERSIONED


def auths(key=KEY):
    provider = oss2.credentials.StaticCredentialsProvider(*key)
    return {
        "v1": oss2.Auth(*key) if len(key) == 2 else oss2.StsAuth(*key),
        "v4": oss2.AuthV4(*key) if len(key) == 2 else oss2.ProviderAuthV4(provider),
        "v4-provider": oss2.ProviderAuthV4(provider),
    }


def bucket_with(auth, name=BUCKET, region=REGION):
    return oss2.Bucket(auth, ENDPOINT, name, region=region, enable_crc=True)


@pytest.fixture(params=["v1", "v4", "v4-provider"])
def kind(request):
    return request.param


@pytest.fixture
def bucket(kind):
    return bucket_with(auths()[kind])


def test_put_get_head_delete(bucket, kind, prefix, admin):
    key, body = prefix + "k", os.urandom(300_000)
    made = bucket.put_object(key, body, headers={"x-oss-meta-who": "judge", "Content-Type": "text/x-judge"})
    got = bucket.get_object(key)
    assert got.read() == body and got.client_crc == made.crc
    head = bucket.head_object(key)
    assert (head.content_length, head.content_type, head.object_type) == (len(body), "text/x-judge", "Normal")
    assert head.headers["x-oss-meta-who"] == "judge"
    assert bucket.get_object_meta(key).content_length == len(body)
    assert bucket.object_exists(key)
    assert bucket.delete_object(key).status == 204
    assert bucket.delete_object(key).status == 204
    assert not bucket.object_exists(key)
    assert {one["signature"] for one in admin.requests()} == {kind[:2] + "-header"}


def test_damage_is_noticed_by_the_crc(bucket, prefix, admin, tmp_path):
    bucket.put_object(prefix + "k", b"0123456789")
    admin.fault({"type": "corrupt-response", "at": 3}, operations=["GetObject"])
    with pytest.raises(oss2.exceptions.InconsistentError):
        bucket.get_object_to_file(prefix + "k", str(tmp_path / "k"))
    admin.fault({"type": "corrupt-request", "at": 3}, operations=["PutObject"])
    with pytest.raises(oss2.exceptions.InconsistentError):
        bucket.put_object(prefix + "k", b"0123456789")


def test_ranges(bucket, prefix):
    key = prefix + "k"
    bucket.put_object(key, b"0123456789")
    assert bucket.get_object(key, byte_range=(2, 4)).read() == b"234"
    assert bucket.get_object(key, byte_range=(None, 3)).read() == b"789"
    got = bucket.get_object(key, byte_range=(5, 100))
    assert (got.status, got.read()) == (200, b"0123456789")
    got = bucket.get_object(key, byte_range=(5, 100), headers={"x-oss-range-behavior": "standard"})
    assert (got.status, got.content_range, got.read()) == (206, "bytes 5-9/10", b"56789")
    with pytest.raises(oss2.exceptions.ServerError) as caught:
        bucket.get_object(key, byte_range=(10, None), headers={"x-oss-range-behavior": "standard"})
    assert (caught.value.status, caught.value.code) == (416, "InvalidRange")


def test_conditions(bucket, prefix):
    key = prefix + "k"
    etag = bucket.put_object(key, b"x").etag
    with pytest.raises(oss2.exceptions.NotModified):
        bucket.get_object(key, headers={"If-None-Match": '"' + etag + '"'})
    with pytest.raises(oss2.exceptions.PreconditionFailed):
        bucket.get_object(key, headers={"If-Match": '"nope"'})
    with pytest.raises(oss2.exceptions.NotImplemented) as caught:
        bucket.put_object(key, b"y", headers={"If-None-Match": "*"})
    assert caught.value.status == 400


@pytest.mark.parametrize("number", range(len(ODD_KEYS) + 1))
def test_odd_keys(bucket, prefix, number):
    key = prefix + (ODD_KEYS + [DOTTED_KEY])[number]
    bucket.put_object(key, key.encode())
    assert bucket.get_object(key).read() == key.encode()
    assert key in [one.key for one in oss2.ObjectIteratorV2(bucket, prefix=prefix)]
    assert key in [one.key for one in oss2.ObjectIterator(bucket, prefix=prefix)]
    bucket.copy_object(BUCKET, key, key + ".copy")
    assert bucket.get_object(key + ".copy").read() == key.encode()
    assert sorted(bucket.batch_delete_objects([key, key + ".copy"]).deleted_keys) == sorted([key, key + ".copy"])


def test_append(bucket, prefix):
    key = prefix + "log"
    first = bucket.append_object(key, 0, b"one,", init_crc=0)
    second = bucket.append_object(key, first.next_position, b"two", init_crc=first.crc)
    assert second.next_position == 7
    got = bucket.get_object(key)
    assert got.read() == b"one,two" and got.server_crc == second.crc
    with pytest.raises(oss2.exceptions.PositionNotEqualToLength) as caught:
        bucket.append_object(key, 4, b"x")
    assert caught.value.next_position == 7
    bucket.put_object(key, b"normal")
    with pytest.raises(oss2.exceptions.ObjectNotAppendable):
        bucket.append_object(key, 6, b"x")


def test_transfers_resume_from_their_checkpoints(bucket, prefix, admin, tmp_path):
    body, source, target = os.urandom(1_100_000), tmp_path / "source", tmp_path / "target"
    source.write_bytes(body)
    key = prefix + "big"
    broken = {"type": "error", "status": 400, "code": "Broken", "message": "on purpose"}
    upload = lambda: oss2.resumable_upload(
        bucket,
        key,
        str(source),
        store=oss2.ResumableStore(root=str(tmp_path)),
        multipart_threshold=100 * 1024,
        part_size=128 * 1024,
        num_threads=1,
    )
    admin.fault(broken, operations=["UploadPart"], skip=4)
    with pytest.raises(oss2.exceptions.ServerError):
        upload()
    admin.call("DELETE", "/faults")
    admin.call("POST", "/reset")
    assert upload().status == 200
    assert admin.count("UploadPart") == 5

    download = lambda: oss2.resumable_download(
        bucket,
        key,
        str(target),
        store=oss2.ResumableDownloadStore(root=str(tmp_path)),
        multiget_threshold=100 * 1024,
        part_size=128 * 1024,
        num_threads=1,
    )
    admin.fault(broken, operations=["GetObject"], skip=3)
    with pytest.raises(oss2.exceptions.ServerError):
        download()
    admin.call("DELETE", "/faults")
    admin.call("POST", "/reset")
    download()
    assert target.read_bytes() == body
    assert admin.count("GetObject") == 6


def test_multipart_copy(bucket, prefix):
    body = os.urandom(500_000)
    source, key = prefix + "source ü", prefix + "copy"
    bucket.put_object(source, body)
    upload = bucket.init_multipart_upload(key).upload_id
    parts = []
    for number, start in enumerate(range(0, len(body), 200_000), 1):
        end = min(start + 200_000, len(body)) - 1
        done = bucket.upload_part_copy(BUCKET, source, (start, end), key, upload, number)
        parts.append(oss2.models.PartInfo(number, done.etag))
    assert [part.part_number for part in oss2.PartIterator(bucket, key, upload)] == [1, 2, 3]
    assert [one.upload_id for one in oss2.ObjectUploadIterator(bucket, key)] == [upload]
    assert bucket.complete_multipart_upload(key, upload, parts).etag.endswith("-3")
    assert bucket.get_object(key).read() == body
    with pytest.raises(oss2.exceptions.NoSuchUpload):
        bucket.abort_multipart_upload(key, upload)


def test_iterators(bucket, prefix):
    keys = sorted(prefix + name for name in [f"n/{number:02}" for number in range(12)] + ["a +b", "ü/1", "ü/2"])
    for key in keys:
        bucket.put_object(key, b"x")
    assert [one.key for one in oss2.ObjectIterator(bucket, prefix=prefix, max_keys=5)] == keys
    assert [one.key for one in oss2.ObjectIteratorV2(bucket, prefix=prefix, max_keys=5)] == keys
    grouped = [one.key for one in oss2.ObjectIteratorV2(bucket, prefix=prefix, delimiter="/", max_keys=2)]
    assert grouped == [prefix + "a +b", prefix + "n/", prefix + "ü/"]
    assert bucket.list_objects(prefix=prefix, max_keys=1).next_marker == keys[0]
    assert bucket.list_objects_v2(prefix=prefix, max_keys=1, fetch_owner=True).object_list[0].owner.id


def test_presigned_urls(bucket, kind, prefix, admin):
    key = prefix + "a b+ü.txt"
    url = bucket.sign_url("PUT", key, 60, headers={"Content-Type": "text/plain"}, slash_safe=True)
    request = urllib.request.Request(url, data=b"by url", method="PUT", headers={"Content-Type": "text/plain"})
    assert urllib.request.urlopen(request).status == 200
    url = bucket.sign_url("GET", key, 60, slash_safe=True)
    assert urllib.request.urlopen(url).read() == b"by url"
    assert [one["signature"] for one in admin.requests()][:2] == [kind[:2] + "-presign"] * 2
    admin.call("PUT", "/clock", {"advance": 120})
    try:
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(url)
        assert caught.value.code == 403 and b"AccessDenied" in caught.value.read()
    finally:
        admin.call("PUT", "/clock", "reset")


def test_error_documents(bucket, kind, prefix):
    with pytest.raises(oss2.exceptions.NoSuchKey) as caught:
        bucket.get_object(prefix + "absent")
    assert (caught.value.status, caught.value.details["EC"]) == (404, "0026-00000001")
    assert len(caught.value.request_id) == 24
    with pytest.raises(oss2.exceptions.NotFound) as caught:
        bucket.head_object(prefix + "absent")
    assert caught.value.status == 404
    with pytest.raises(oss2.exceptions.NoSuchBucket):
        bucket_with(auths()[kind], "no-such-bucket-here").get_object("k")
    with pytest.raises(oss2.exceptions.SignatureDoesNotMatch):
        bucket_with(auths((KEY[0], "wrong"))[kind]).get_object("k")
    with pytest.raises(oss2.exceptions.ServerError) as caught:
        bucket_with(auths(("nobody", "wrong"))[kind]).get_object("k")
    assert (caught.value.status, caught.value.code) == (403, "InvalidAccessKeyId")
    with pytest.raises(oss2.exceptions.AccessDenied):
        bucket_with(oss2.AnonymousAuth()).get_object("k")
    with pytest.raises(oss2.exceptions.ServerError) as caught:
        bucket.put_object(prefix + "k", b"x", headers={"Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="})
    assert (caught.value.status, caught.value.code) == (400, "InvalidDigest")


def test_forbid_overwrite(bucket, prefix):
    bucket.put_object(prefix + "k", b"first")
    with pytest.raises(oss2.exceptions.ServerError) as caught:
        bucket.put_object(prefix + "k", b"second", headers={"x-oss-forbid-overwrite": "true"})
    assert (caught.value.status, caught.value.code) == (409, "FileAlreadyExists")


def test_temporary_credentials(kind, prefix):
    bucket = bucket_with(auths(STS)[kind])
    bucket.put_object(prefix + "k", b"x")
    assert bucket.get_object(prefix + "k").read() == b"x"
    assert urllib.request.urlopen(bucket.sign_url("GET", prefix + "k", 60)).read() == b"x"
    with pytest.raises(oss2.exceptions.ServerError) as caught:
        bucket_with(auths((STS[0], STS[1], "wrong"))[kind]).get_object(prefix + "k")
    assert (caught.value.status, caught.value.code) == (403, "InvalidSecurityToken")


def test_versions(bucket, kind, prefix):
    versioned = bucket_with(auths()[kind], VERSIONED)
    assert bucket.get_bucket_versioning().status is None
    assert versioned.get_bucket_versioning().status == "Enabled"
    key = prefix + "k"
    first = versioned.put_object(key, b"first").versionid
    second = versioned.put_object(key, b"second").versionid
    assert versioned.get_object(key, params={"versionId": first}).read() == b"first"
    gone = versioned.delete_object(key)
    assert gone.delete_marker
    with pytest.raises(oss2.exceptions.NoSuchKey):
        versioned.get_object(key)
    listed = versioned.list_object_versions(prefix=prefix)
    assert [one.versionid for one in listed.versions] == [second, first]
    assert [one.versionid for one in listed.delete_marker] == [gone.versionid]


def test_buckets(kind):
    service = oss2.Service(auths()[kind], ENDPOINT, region=REGION)
    assert BUCKET in [one.name for one in oss2.BucketIterator(service)]
    made = bucket_with(auths()[kind], "judge-oss2-" + kind)
    made.create_bucket()
    assert made.get_bucket_info().location == "oss-" + REGION
    assert made.get_bucket_location().location == "oss-" + REGION
    assert made.get_bucket_acl().acl == "private"
    made.put_bucket_versioning(oss2.models.BucketVersioningConfig("Suspended"))
    assert made.get_bucket_versioning().status == "Suspended"
    made.delete_bucket()
    with pytest.raises(oss2.exceptions.NoSuchBucket):
        made.get_bucket_info()


def test_tags_and_acl(bucket, prefix):
    key = prefix + "k"
    bucket.put_object(key, b"x", headers={"x-oss-tagging": "a=1&b=2"})
    assert bucket.get_object_tagging(key).tag_set.tagging_rule == {"a": "1", "b": "2"}
    bucket.put_object_acl(key, oss2.OBJECT_ACL_PRIVATE)
    assert bucket.get_object_acl(key).acl == "private"
