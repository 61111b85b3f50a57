"""Chromium without a window, as a person would use it on the registry's page."""

import json
import urllib.parse

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

# A name without TLS, to whose pages browsers give less than to those of this machine by its address: no clipboard, for one.
PLAIN_HOST = "registry.test"
PATIENCE = 20


class Browser:
    """Chromium, with a record of what it asked for and of what it complained."""

    def __init__(self):
        options = webdriver.ChromeOptions()
        for argument in (
            "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking",
            f"--host-resolver-rules=MAP {PLAIN_HOST} 127.0.0.1", "--lang=en-GB",
        ):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        self.resize(1100)

    def command(self, name, **parameters):
        return self.driver.execute_cdp_cmd(name, parameters)

    def resize(self, width):
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def wait(self, condition):
        return WebDriverWait(self.driver, PATIENCE, 0.05).until(lambda _: condition())

    def open(self, url):
        """Opens a page as if it were typed, and waits until it has read what it shows."""
        self.driver.get("about:blank")
        self.driver.get(url)
        self.settle()

    def settle(self):
        self.wait(lambda: self.run("return document.readyState === 'complete' && document.getElementById('status')?.textContent === ''"))

    def go(self, act):
        """Does what leads to another view, and waits until that has been read.

        The browser tells the page of its new address only after the act has returned. Until then all is settled as it was.
        """
        # The page's own listener is older, so it has begun to read when this one hears of the change.
        self.run("window.hasGone = false; addEventListener('hashchange', () => { window.hasGone = true; }, { once: true });")
        act()
        self.wait(lambda: self.run("return window.hasGone"))
        self.settle()

    def follow(self, text):
        self.go(self.driver.find_element(By.LINK_TEXT, text).click)

    def press(self, label):
        self.driver.find_element(By.XPATH, f"//button[normalize-space()='{label}' and not(ancestor::*[@hidden])]").click()

    @property
    def text(self):
        return self.driver.find_element(By.TAG_NAME, "body").text

    def rows(self, caption):
        """The rows of a table, by its columns."""
        return self.run("""
            const table = [...document.querySelectorAll('table')].find((one) => one.caption.textContent === arguments[0]);
            return [...table.tBodies[0].rows].map((row) =>
                Object.fromEntries([...row.cells].map((cell) => [cell.dataset.column, cell.innerText.trim()])));
        """, caption)

    def facts(self, heading):
        """What a list under a heading says."""
        # Pairs, as JavaScript has a meaning of its own for some names.
        return dict(self.run("""
            const section = [...document.querySelectorAll('section')].find((one) => one.firstChild?.textContent === arguments[0]);
            const names = [...section.querySelectorAll('dt')];
            return names.map((name) => [name.innerText, name.nextSibling.innerText]);
        """, heading))

    def is_wider_than_its_window(self):
        return self.run("return document.documentElement.scrollWidth > document.documentElement.clientWidth")

    def complaints(self):
        """What stands in the console since this was asked before."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self):
        """The URLs that were asked for since this was asked before."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        urls = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
        return [url for url in urls if urllib.parse.urlsplit(url).scheme not in ("about", "data")]

    def stop(self):
        self.driver.quit()
