"""alibabacloud-oss-v2 (signature version 4) judges the emulator."""

import hashlib
import os
import urllib.request

import alibabacloud_oss_v2 as oss
import pytest

from conftest import BUCKET, ENDPOINT, KEY, ODD_KEYS, REGION, STS, VERSIONED


def make(key=KEY, **options):
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(*key)
    config.region = options.pop("region", REGION)
    config.endpoint = ENDPOINT
    config.retry_max_attempts = options.pop("attempts", 3)
    for name, value in options.items():
        setattr(config, name, value)
    return oss.Client(config)


@pytest.fixture
def client():
    return make()


def put(client, key, body, bucket=BUCKET, **more):
    return client.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=body, **more))


def read(client, key, bucket=BUCKET, **more):
    with client.get_object(oss.GetObjectRequest(bucket=bucket, key=key, **more)).body as body:
        return body.read()


def service_error(call):
    with pytest.raises(oss.exceptions.OperationError) as caught:
        call()
    error = caught.value.unwrap()
    assert isinstance(error, oss.exceptions.ServiceError), error
    assert len(error.request_id) == 24
    return error


def test_put_get_head_delete(client, prefix, admin):
    key, body = prefix + "k", os.urandom(300_000)
    made = put(client, key, body, metadata={"who": "judge"}, content_type="text/x-judge")
    assert made.status_code == 200
    assert made.etag == '"' + hashlib.md5(body).hexdigest().upper() + '"'
    got = client.get_object(oss.GetObjectRequest(bucket=BUCKET, key=key))
    assert got.body.read() == body
    assert got.hash_crc64 == made.hash_crc64
    head = client.head_object(oss.HeadObjectRequest(bucket=BUCKET, key=key))
    assert (head.content_length, head.content_type, head.object_type) == (len(body), "text/x-judge", "Normal")
    assert head.metadata["who"] == "judge"
    assert head.hash_crc64 == made.hash_crc64
    meta = client.get_object_meta(oss.GetObjectMetaRequest(bucket=BUCKET, key=key))
    assert (meta.content_length, meta.etag) == (len(body), made.etag)
    assert client.is_object_exist(BUCKET, key)
    assert client.delete_object(oss.DeleteObjectRequest(bucket=BUCKET, key=key)).status_code == 204
    assert not client.is_object_exist(BUCKET, key)
    assert all(one["signature"] == "v4-header" for one in admin.requests())


def test_damage_is_noticed_by_the_crc(client, prefix, admin, tmp_path):
    put(client, prefix + "k", b"0123456789")
    fault = admin.fault({"type": "corrupt-response", "at": 3}, operations=["GetObject"])
    request = oss.GetObjectRequest(bucket=BUCKET, key=prefix + "k")
    with pytest.raises(oss.exceptions.InconsistentError):
        client.get_object_to_file(request, str(tmp_path / "k"))
    assert admin.hits(fault) >= 1
    admin.call("DELETE", "/faults")
    fault = admin.fault({"type": "corrupt-request", "at": 3}, operations=["PutObject"])
    with pytest.raises(oss.exceptions.OperationError):
        put(client, prefix + "k", b"0123456789")
    assert admin.hits(fault) >= 1


def test_ranges(client, prefix):
    key = prefix + "k"
    put(client, key, b"0123456789")
    assert read(client, key, range_header="bytes=2-4") == b"234"
    got = client.get_object(oss.GetObjectRequest(bucket=BUCKET, key=key, range_header="bytes=5-100"))
    assert (got.status_code, got.body.read()) == (200, b"0123456789")
    standard = {"range_header": "bytes=5-100", "range_behavior": "standard"}
    got = client.get_object(oss.GetObjectRequest(bucket=BUCKET, key=key, **standard))
    assert (got.status_code, got.content_range, got.body.read()) == (206, "bytes 5-9/10", b"56789")
    request = oss.GetObjectRequest(bucket=BUCKET, key=key, range_header="bytes=10-", range_behavior="standard")
    error = service_error(lambda: client.get_object(request))
    assert (error.status_code, error.code) == (416, "InvalidRange")


@pytest.mark.parametrize("key", range(len(ODD_KEYS)))
def test_odd_keys(client, prefix, key):
    key = prefix + ODD_KEYS[key]
    put(client, key, key.encode())
    assert read(client, key) == key.encode()
    listed = client.list_objects_v2(oss.ListObjectsV2Request(bucket=BUCKET, prefix=prefix))
    assert key in [one.key for one in listed.contents]
    client.copy_object(oss.CopyObjectRequest(bucket=BUCKET, key=key + ".copy", source_key=key))
    assert read(client, key + ".copy") == key.encode()
    objects = [oss.DeleteObject(key=key), oss.DeleteObject(key=key + ".copy")]
    done = client.delete_multiple_objects(oss.DeleteMultipleObjectsRequest(bucket=BUCKET, objects=objects))
    assert {one.key for one in done.deleted_objects} == {key, key + ".copy"}


def test_append(client, prefix):
    key = prefix + "log"
    first = client.append_object(oss.AppendObjectRequest(bucket=BUCKET, key=key, position=0, body=b"one,"))
    assert first.next_position == 4
    request = oss.AppendObjectRequest(
        bucket=BUCKET, key=key, position=4, body=b"two,", init_hash_crc64=first.hash_crc64
    )
    assert client.append_object(request).next_position == 8
    with client.append_file(bucket=BUCKET, key=key) as appender:
        appender.write(b"three,")
        appender.write(b"four")
    assert read(client, key) == b"one,two,three,four"
    error = service_error(
        lambda: client.append_object(oss.AppendObjectRequest(bucket=BUCKET, key=key, position=3, body=b"x"))
    )
    assert (error.status_code, error.code, error.ec) == (409, "PositionNotEqualToLength", "0026-00000016")
    assert error.headers["x-oss-next-append-position"] == "18"


def test_upload_resumes_from_its_checkpoint(client, prefix, admin, tmp_path):
    body, source, target = os.urandom(1_100_000), tmp_path / "source", tmp_path / "target"
    source.write_bytes(body)
    key = prefix + "big"
    options = {"part_size": 128 * 1024, "parallel_num": 1, "enable_checkpoint": True, "checkpoint_dir": str(tmp_path)}
    broken = {"type": "error", "status": 400, "code": "Broken", "message": "on purpose"}
    fault = admin.fault(broken, operations=["UploadPart"], skip=4)
    uploader = client.uploader(leave_parts_on_error=True, **options)
    with pytest.raises(Exception):
        uploader.upload_file(oss.PutObjectRequest(bucket=BUCKET, key=key), filepath=str(source))
    assert admin.hits(fault) >= 1
    admin.call("DELETE", "/faults")
    admin.call("POST", "/reset")
    done = uploader.upload_file(oss.PutObjectRequest(bucket=BUCKET, key=key), filepath=str(source))
    assert done.etag.strip('"').endswith("-9")
    assert admin.count("UploadPart") == 5
    assert admin.count("ListParts") >= 1

    fault = admin.fault(broken, operations=["GetObject"], skip=3)
    downloader = client.downloader(**options)
    with pytest.raises(Exception):
        downloader.download_file(oss.GetObjectRequest(bucket=BUCKET, key=key), filepath=str(target))
    assert admin.hits(fault) >= 1
    admin.call("DELETE", "/faults")
    admin.call("POST", "/reset")
    downloader.download_file(oss.GetObjectRequest(bucket=BUCKET, key=key), filepath=str(target))
    assert target.read_bytes() == body
    assert admin.count("GetObject") == 6


def test_parallel_upload_of_a_stream(client, prefix, tmp_path):
    body = os.urandom(2_000_000)
    source = tmp_path / "source"
    source.write_bytes(body)
    uploader = client.uploader(part_size=200 * 1024, parallel_num=4)
    with open(source, "rb") as reader:
        uploader.upload_from(oss.PutObjectRequest(bucket=BUCKET, key=prefix + "big"), reader)
    assert read(client, prefix + "big") == body


def test_copies(client, prefix, admin):
    body = os.urandom(700_000)
    put(client, prefix + "source", body, metadata={"who": "source"})
    copier = client.copier(
        part_size=200 * 1024, parallel_num=2, multipart_copy_threshold=100 * 1024, disable_shallow_copy=True
    )
    request = oss.CopyObjectRequest(
        bucket=BUCKET, key=prefix + "parts", source_bucket=BUCKET, source_key=prefix + "source"
    )
    copier.copy(request)
    assert admin.count("UploadPartCopy") == 4
    assert read(client, prefix + "parts") == body
    request = oss.CopyObjectRequest(
        bucket=BUCKET,
        key=prefix + "whole",
        source_bucket=BUCKET,
        source_key=prefix + "source",
        metadata_directive="REPLACE",
        metadata={"who": "copy"},
    )
    client.copy_object(request)
    head = client.head_object(oss.HeadObjectRequest(bucket=BUCKET, key=prefix + "whole"))
    assert head.metadata["who"] == "copy"


def test_paginators(client, prefix):
    keys = sorted(prefix + name for name in [f"n/{number:02}" for number in range(23)] + ["a +b", "ü/1", "ü/2"])
    for key in keys:
        put(client, key, b"x")
    for paginator, request in [
        (client.list_objects_paginator(limit=5), oss.ListObjectsRequest(bucket=BUCKET, prefix=prefix)),
        (client.list_objects_v2_paginator(limit=5), oss.ListObjectsV2Request(bucket=BUCKET, prefix=prefix)),
    ]:
        pages = list(paginator.iter_page(request))
        assert [one.key for page in pages for one in page.contents] == keys
        assert len(pages) == 6
    request = oss.ListObjectsV2Request(bucket=BUCKET, prefix=prefix, delimiter="/")
    pages = list(client.list_objects_v2_paginator(limit=1).iter_page(request))
    groups = [one.prefix for page in pages for one in page.common_prefixes or []]
    assert groups == [prefix + "n/", prefix + "ü/"]
    buckets = [one.name for page in client.list_buckets_paginator().iter_page(oss.ListBucketsRequest()) for one in page.buckets]
    assert BUCKET in buckets and VERSIONED in buckets


def test_uploads_and_parts_are_listed(client, prefix):
    key = prefix + "ü k"
    started = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=BUCKET, key=key))
    for number in (1, 2, 3):
        request = oss.UploadPartRequest(
            bucket=BUCKET, key=key, upload_id=started.upload_id, part_number=number, body=b"x" * 1000
        )
        client.upload_part(request)
    request = oss.ListPartsRequest(bucket=BUCKET, key=key, upload_id=started.upload_id)
    pages = list(client.list_parts_paginator(limit=2).iter_page(request))
    assert [part.part_number for page in pages for part in page.parts] == [1, 2, 3]
    request = oss.ListMultipartUploadsRequest(bucket=BUCKET, prefix=prefix)
    pages = list(client.list_multipart_uploads_paginator().iter_page(request))
    assert [(one.key, one.upload_id) for page in pages for one in page.uploads] == [(key, started.upload_id)]
    abort = oss.AbortMultipartUploadRequest(bucket=BUCKET, key=key, upload_id=started.upload_id)
    assert client.abort_multipart_upload(abort).status_code == 204
    error = service_error(lambda: client.abort_multipart_upload(abort))
    assert (error.status_code, error.code) == (404, "NoSuchUpload")


def test_batch_delete(client, prefix):
    keys = [prefix + name for name in ODD_KEYS]
    for key in keys:
        put(client, key, b"x")
    request = oss.DeleteMultipleObjectsRequest(bucket=BUCKET, objects=[oss.DeleteObject(key=key) for key in keys])
    done = client.delete_multiple_objects(request)
    assert sorted(one.key for one in done.deleted_objects) == sorted(keys)
    request.quiet = True
    assert not client.delete_multiple_objects(request).deleted_objects
    left = client.list_objects_v2(oss.ListObjectsV2Request(bucket=BUCKET, prefix=prefix))
    assert (left.key_count, left.contents or []) == (0, [])


def test_presigned_urls(client, prefix, admin):
    key = prefix + "a b+ü.txt"
    signed = client.presign(oss.PutObjectRequest(bucket=BUCKET, key=key, content_type="text/plain"))
    request = urllib.request.Request(signed.url, data=b"by url", method=signed.method, headers=signed.signed_headers)
    assert urllib.request.urlopen(request).status == 200
    signed = client.presign(oss.GetObjectRequest(bucket=BUCKET, key=key))
    assert urllib.request.urlopen(signed.url).read() == b"by url"
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(signed.url.replace("x-oss-signature=", "x-oss-signature=0"))
    assert caught.value.code == 403 and b"SignatureDoesNotMatch" in caught.value.read()
    assert [one["signature"] for one in admin.requests()][:2] == ["v4-presign", "v4-presign"]


def test_error_documents(client, prefix):
    error = service_error(lambda: read(client, prefix + "absent"))
    assert (error.status_code, error.code, error.ec) == (404, "NoSuchKey", "0026-00000001")
    error = service_error(lambda: client.head_object(oss.HeadObjectRequest(bucket=BUCKET, key=prefix + "absent")))
    assert (error.status_code, error.code, error.ec) == (404, "NoSuchKey", "0026-00000001")
    error = service_error(lambda: read(client, "k", bucket="no-such-bucket-here"))
    assert (error.status_code, error.code, error.ec) == (404, "NoSuchBucket", "0015-00000101")
    error = service_error(lambda: read(make((KEY[0], "wrong")), "k"))
    assert (error.status_code, error.code, error.ec) == (403, "SignatureDoesNotMatch", "0002-00000201")
    error = service_error(lambda: read(make(("nobody", "wrong")), "k"))
    assert (error.status_code, error.code, error.ec) == (403, "InvalidAccessKeyId", "0002-00000902")
    error = service_error(lambda: read(make(region="cn-beijing"), "k"))
    assert error.ec == "0002-00000226"


def test_forbid_overwrite(client, prefix):
    put(client, prefix + "k", b"first")
    error = service_error(lambda: put(client, prefix + "k", b"second", forbid_overwrite=True))
    assert (error.status_code, error.code) == (409, "FileAlreadyExists")


def test_throttling_is_retried(client, prefix, admin):
    fault = admin.fault({"type": "throttle"}, operations=["PutObject"], times=2)
    assert put(client, prefix + "k", b"x").status_code == 200
    assert admin.hits(fault) == 2


def test_temporary_credentials(prefix):
    client = make(STS)
    put(client, prefix + "k", b"x")
    assert read(client, prefix + "k") == b"x"
    signed = client.presign(oss.GetObjectRequest(bucket=BUCKET, key=prefix + "k"))
    assert urllib.request.urlopen(signed.url).read() == b"x"
    error = service_error(lambda: read(make((STS[0], STS[1], "wrong")), prefix + "k"))
    assert (error.status_code, error.code) == (403, "InvalidSecurityToken")


def test_versions(client, prefix):
    status = lambda bucket: client.get_bucket_versioning(oss.GetBucketVersioningRequest(bucket=bucket)).version_status
    assert (status(BUCKET), status(VERSIONED)) == (None, "Enabled")
    key = prefix + "k"
    first = put(client, key, b"first", bucket=VERSIONED)
    second = put(client, key, b"second", bucket=VERSIONED)
    assert first.version_id != second.version_id
    assert read(client, key, bucket=VERSIONED, version_id=first.version_id) == b"first"
    marker = client.delete_object(oss.DeleteObjectRequest(bucket=VERSIONED, key=key))
    assert marker.delete_marker
    error = service_error(lambda: read(client, key, bucket=VERSIONED))
    assert (error.code, error.headers["x-oss-delete-marker"]) == ("NoSuchKey", "true")
    error = service_error(lambda: read(client, key, bucket=VERSIONED, version_id=marker.version_id))
    assert (error.status_code, error.code) == (405, "MethodNotAllowed")
    request = oss.ListObjectVersionsRequest(bucket=VERSIONED, prefix=prefix)
    pages = list(client.list_object_versions_paginator(limit=1).iter_page(request))
    assert [one.version_id for page in pages for one in page.version or []] == [second.version_id, first.version_id]
    assert [one.version_id for page in pages for one in page.delete_marker or []] == [marker.version_id]


def test_buckets(client):
    name = "judge-made-bucket"
    assert client.put_bucket(oss.PutBucketRequest(bucket=name)).status_code == 200
    info = client.get_bucket_info(oss.GetBucketInfoRequest(bucket=name)).bucket_info
    assert (info.name, info.location) == (name, "oss-" + REGION)
    assert client.get_bucket_location(oss.GetBucketLocationRequest(bucket=name)).location == "oss-" + REGION
    assert client.is_bucket_exist(name)
    put(client, "k", b"x", bucket=name)
    error = service_error(lambda: client.delete_bucket(oss.DeleteBucketRequest(bucket=name)))
    assert (error.status_code, error.code) == (409, "BucketNotEmpty")
    client.delete_object(oss.DeleteObjectRequest(bucket=name, key="k"))
    assert client.delete_bucket(oss.DeleteBucketRequest(bucket=name)).status_code == 204
    assert not client.is_bucket_exist(name)


def test_tags_and_acl(client, prefix):
    key = prefix + "k"
    put(client, key, b"x", tagging="a=1&b=x%20y")
    tags = client.get_object_tagging(oss.GetObjectTaggingRequest(bucket=BUCKET, key=key)).tag_set.tags
    assert [(tag.key, tag.value) for tag in tags] == [("a", "1"), ("b", "x y")]
    new = oss.Tagging(tag_set=oss.TagSet(tags=[oss.Tag(key="c", value="3")]))
    client.put_object_tagging(oss.PutObjectTaggingRequest(bucket=BUCKET, key=key, tagging=new))
    tags = client.get_object_tagging(oss.GetObjectTaggingRequest(bucket=BUCKET, key=key)).tag_set.tags
    assert [(tag.key, tag.value) for tag in tags] == [("c", "3")]
    client.delete_object_tagging(oss.DeleteObjectTaggingRequest(bucket=BUCKET, key=key))
    client.put_object_acl(oss.PutObjectAclRequest(bucket=BUCKET, key=key, acl="private"))
    assert client.get_object_acl(oss.GetObjectAclRequest(bucket=BUCKET, key=key)).acl == "private"
