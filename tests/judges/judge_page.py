"""Chromium judges the page at /ui: that a person sees there what was pushed, and that nothing of it runs."""

import urllib.parse

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import registry_content as content
from registry_browser import PLAIN_HOST, Browser
from registry_clients import Skopeo
from registry_servers import Registry
from registry_tokens import PASSWORDS, TokenServer

MANY = 45


@pytest.fixture(scope="module")
def registry(folder, emulator):
    running = Registry(folder, emulator, root="/page")
    yield running
    assert running.stop() == 0, running.process.output()


@pytest.fixture(scope="module")
def pushed(registry, images, folder):
    """What the index's entries are, once all is pushed."""
    place = folder / "page"
    place.mkdir()
    skopeo, (first, second) = Skopeo(place), images
    for image, name in [(first, "team/app:first"), (second, "team/app:second"), (first, "team/other_x.y/z--1:V1.0-rc_1")]:
        skopeo.push(image, f"{registry.host}/{name}")
    content.push_hostile(registry.host, "strange")
    content.Pusher(registry.host, "charts").artifact("application/vnd.cncf.helm.chart.content.v1.tar+gzip", b"a chart", "0.1.0")
    content.push_many(registry.host, "many", MANY)
    return content.push_index(registry.host, "team/app")


@pytest.fixture(scope="module")
def chromium():
    browser = Browser()
    yield browser
    browser.stop()


@pytest.fixture
def browser(chromium):
    chromium.resize(1100)
    chromium.complaints(), chromium.requests()
    yield chromium
    hosts = {urllib.parse.urlsplit(url).hostname for url in chromium.requests()}
    assert hosts <= {"127.0.0.1", PLAIN_HOST}, hosts


@pytest.fixture
def page(browser, registry, pushed):
    """The page, which must give the browser nothing to complain of."""
    browser.open(f"http://{registry.host}/ui")
    yield browser
    assert browser.complaints() == []


@pytest.fixture
def at(page, registry):
    """Opens a view by its link."""
    return lambda address: page.open(f"http://{registry.host}/ui#{address}")


def test_repositories_lead_to_tags_and_these_to_images(page, registry, images):
    for name in ("team/app", "team/other_x.y/z--1", "strange", "charts", "many"):
        assert name in page.text.splitlines()
    page.follow("team/app")
    assert page.driver.title == f"team/app at {registry.host}"
    page.follow("second")
    assert f"docker pull {registry.host}/team/app:second" in page.text
    assert f"docker pull {registry.host}/team/app@{images[1].digest}" in page.text
    page.go(page.driver.back)
    assert [row["Tag"] for row in page.rows("Tags of team/app")] == ["all", "first", "second"]


def test_tags_have_platforms_and_sizes_and_what_they_share(page, at, images):
    first, second = images
    at("team/app")
    rows = {row["Tag"]: row for row in page.rows("Tags of team/app")}
    added = second.manifest["layers"][-1]["size"]
    assert rows["first"] | {"Digest": ""} == {
        "Tag": "first", "Platforms": "linux/amd64", "Size": "12.3 MB", "Only here": "0 B", "Digest": ""}
    assert (rows["second"]["Only here"], rows["second"]["Size"]) == (f"{added} B", "12.3 MB")
    assert rows["second"]["Digest"] == second.digest[:len("sha256:") + 12]
    assert rows["all"]["Platforms"] == "linux/amd64, linux/arm64"
    assert (rows["all"]["Size"], rows["all"]["Only here"]) == ("250 kB to 300 kB", "350 kB")
    assert "Layers of 3 tags: 25.0 MB in all, 12.7 MB with each layer once, as it is stored. 49% is shared." in page.text


def test_an_image_has_its_layers_and_where_else_these_are(page, at, images):
    _, second = images
    at("team/app:second")
    facts = page.facts("About")
    assert (facts["Kind"], facts["Platforms"], facts["Digest"]) == ("image", "linux/amd64", second.digest)
    assert facts["Size"] == "12.3 MB, layers and config"
    rows = page.rows("4 layers")
    for row, layer in zip(rows, second.manifest["layers"], strict=True):
        assert row["Layer"].split() == [layer["digest"], layer["mediaType"]]
    assert [row["Also in"] for row in rows] == ["team/app:first"] * 3 + ["only here"]
    assert [row["Size"].split()[1] for row in rows] == ["kB", "kB", "MB", "B"]
    # What was looked at before counts too, as long as the page is open.
    page.follow("team/app")
    page.go(lambda: page.run("location.hash = 'team/other_x.y/z--1:V1.0-rc_1'"))
    assert {row["Also in"] for row in page.rows("3 layers")} == {"team/app:first, team/app:second"}


def test_an_index_has_its_platforms_and_attestations(page, at, pushed, registry):
    index, entries = pushed
    at("team/app:all")
    facts = page.facts("About")
    assert (facts["Kind"], facts["Digest"], facts["Media type"]) == ("index", index["digest"], content.INDEX)
    assert facts["Platforms"] == "linux/amd64, linux/arm64"
    assert "350 kB in all, of which 350 kB are in none of 2 other tags looked at." in page.text
    for title in ("linux/amd64, 300 kB", "linux/arm64, 250 kB"):
        assert title in page.text
    assert f"docker pull {registry.host}/team/app@{entries[1]['digest']}" not in page.text
    page.driver.find_element(By.XPATH, "//summary[starts-with(., 'linux/arm64')]").click()
    assert f"docker pull {registry.host}/team/app@{entries[1]['digest']}" in page.text
    rows = page.rows("Other manifests of this index")
    assert [row["What"] for row in rows] == [f"attestation of {entries[0]['digest'][:19]}"]
    page.follow("This platform alone")
    assert page.facts("About")["Platforms"] == "linux/arm64"


def test_what_is_hostile_is_shown_as_text(page, at):
    at("strange:hostile")
    assert page.facts("About")["Created"] == content.HOSTILE
    assert page.facts("About")["Platforms"] == f"{content.HOSTILE}/amd64"
    assert page.facts("Labels") == {content.HOSTILE: content.HOSTILE}
    assert page.facts("Annotations") == {content.HOSTILE: content.HOSTILE, "__proto__": "a name of JavaScript's"}
    layer, = page.rows("1 layer")
    assert layer["Layer"].count(content.HOSTILE) == 2
    attached = page.rows("Manifests that refer to this one")
    assert {row["What"] for row in attached} == {"application/vnd.dev.cosign.artifact.sig.v1+json", "application/spdx+json"}
    assert all(f"note: {content.HOSTILE}" in row["Manifest"] for row in attached)
    at("strange")
    assert page.rows("Tags of strange")[0]["Platforms"] == f"{content.HOSTILE}/amd64"
    assert page.run("return [window.taken ?? null, document.querySelectorAll('main img, main script').length]") == [None, 0]


def test_an_artifact_is_one_and_is_not_for_docker(page, at, registry):
    at("charts:0.1.0")
    facts = page.facts("About")
    assert (facts["Kind"], facts["Artifact type"]) == ("artifact", "application/vnd.cncf.helm.chart.content.v1.tar+gzip")
    assert f"oras pull {registry.host}/charts:0.1.0" in page.text and "docker pull" not in page.text


def test_many_tags_come_page_by_page(page, at):
    page.requests()
    at("many")
    assert len(page.rows("Tags of many")) == 20
    # The page's own files, the list, and for each tag a manifest; the config is the same for all, and kept by the browser.
    asked = [url for url in page.requests() if "/v2/" in url]
    assert sum("/manifests/" in url for url in asked) == 20 and sum("/tags/" in url for url in asked) == 1
    for count in (40, MANY):
        page.press("More tags")
        page.wait(lambda: len(page.rows("Tags of many")) == count)
        page.wait(lambda: not any("…" in row.values() for row in page.rows("Tags of many")))
    assert not page.driver.find_elements(By.XPATH, "//button[.='More tags']")
    assert page.rows("Tags of many")[44] | {"Digest": ""} == {
        "Tag": "v44", "Platforms": "linux/s390x", "Size": "10.0 kB", "Only here": "999 B", "Digest": ""}


def test_the_pull_line_is_copied_or_selected_where_that_is_not_allowed(page, registry):
    page.command("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    for host, said in ((registry.host, "copied"), (f"{PLAIN_HOST}:{registry.port}", "selected: copy it with your keyboard")):
        page.open(f"http://{host}/ui#team/app:first")
        line = page.driver.find_element(By.CLASS_NAME, "command")
        command = f"docker pull {host}/team/app:first"
        assert line.find_element(By.TAG_NAME, "code").text == command
        line.find_element(By.TAG_NAME, "button").click()
        page.wait(lambda: line.find_element(By.TAG_NAME, "span").text == said)
        if said == "copied":
            read = "const done = arguments[0]; navigator.clipboard.readText().then(done, (error) => done(String(error)))"
            assert page.driver.execute_async_script(read) == command
        else:
            assert page.run("return getSelection().toString()") == command


@pytest.mark.parametrize("width", [320, 700, 1100])
def test_a_narrow_window_does_not_scroll_sideways(page, at, width):
    page.resize(width)
    for address in ("", "team/app", "team/app:second", "team/app:all", "strange:hostile", "many"):
        at(address)
        page.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert not page.is_wider_than_its_window(), address


def test_dark_mode_is_dark(page):
    def brightness():
        page.settle()
        colour = page.run("return getComputedStyle(document.body).backgroundColor")
        return sum(int(part) for part in colour.strip("rgb()").split(","))

    for scheme, is_dark in (("dark", True), ("light", False)):
        page.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        assert (brightness() < 150) is is_dark, scheme


def test_the_keyboard_is_enough(page, at):
    at("")
    page.driver.switch_to.active_element.send_keys(Keys.TAB)
    page.driver.switch_to.active_element.send_keys(Keys.TAB)
    page.go(lambda: page.driver.switch_to.active_element.send_keys("team/app" + Keys.ENTER))
    page.driver.switch_to.active_element.send_keys(Keys.TAB)
    assert page.driver.switch_to.active_element.text == "all"
    page.go(lambda: page.driver.switch_to.active_element.send_keys(Keys.ENTER))
    assert page.driver.title.startswith("team/app:all at")


def test_errors_are_told_in_words_with_the_registry_s_code(browser, registry, pushed):
    for address, expected in [
        ("no/such", "there is no such repository (NAME_UNKNOWN)"),
        ("team/app:none", "the manifest is not in this repository (MANIFEST_UNKNOWN)"),
        ("No/Name", '"No/Name" names no repository'),
        ("%zz", '"%zz" names no repository'),
    ]:
        browser.open(f"http://{registry.host}/ui#{address}")
        assert expected in browser.text


def test_without_scripts_the_page_says_so(browser, registry):
    browser.command("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.driver.get("about:blank")
        browser.driver.get(f"http://{registry.host}/ui")
        assert "your browser runs none" in browser.driver.find_element(By.TAG_NAME, "body").text
    finally:
        browser.command("Emulation.setScriptExecutionDisabled", value=False)


@pytest.fixture
def guarded(folder, emulator, pushed):
    """The same content behind authentication."""
    running = []

    def start(authentication):
        running.append(Registry(folder, emulator, root="/page", authentication=authentication))
        return running[-1]

    yield start
    assert [registry.stop() for registry in running] == [0] * len(running)


def test_passwords_are_asked_for_by_the_browser(browser, guarded, htpasswd):
    registry = guarded(htpasswd)
    browser.driver.get(f"http://{registry.host}/ui")
    # The browser asks for a password in a window of its own, which can't be seen here, and the page waits.
    refused = 'requests_total{method="GET",route="catalog",status="401"} 1'
    browser.wait(lambda: refused in registry.call("GET", "/metrics")[2].decode())
    assert "Reading" in browser.text and "team/app" not in browser.text
    user = f"reader:{urllib.parse.quote(PASSWORDS['reader'])}"
    browser.driver.get(f"http://{user}@{registry.host}/v2/")
    browser.open(f"http://{registry.host}/ui")
    assert "team/app" in browser.text.splitlines()
    browser.open(f"http://{registry.host}/ui#team/app")
    assert len(browser.rows("Tags of team/app")) == 3


@pytest.mark.parametrize("allows_pages", [True, False])
def test_tokens_are_asked_of_their_server(browser, folder, guarded, allows_pages):
    tokens = TokenServer(folder, "kid", allows_pages)
    registry = guarded({"token": tokens.configuration()})
    browser.open(f"http://{registry.host}/ui#team/app")
    if allows_pages:
        for password in ("a wrong one", PASSWORDS["reader"]):
            assert "(UNAUTHORIZED)" in browser.text
            for field, typed in (("user", "reader"), ("password", password)):
                browser.driver.find_element(By.ID, field).clear()
                browser.driver.find_element(By.ID, field).send_keys(typed)
            browser.press("Sign in")
            browser.settle()
        assert len(browser.rows("Tags of team/app")) == 3
        assert PASSWORDS["reader"] not in browser.run("return document.documentElement.outerHTML")
    else:
        assert f"wants a token of {tokens.configuration()['realm']}" in browser.text and "CORS" in browser.text
    tokens.stop()
