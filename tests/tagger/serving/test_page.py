"""The page in a real browser: Debian's chromium and chromium-driver."""

import json
import re
import shutil
from pathlib import Path

import pytest
from served import SCRIPT, running, wait_for

PAGE = Path(__file__).resolve().parents[3] / "tagger" / "serving" / "page"


def test_the_page_names_no_other_address():
    for file in PAGE.iterdir():
        text = file.read_text("utf-8")
        assert not re.search(r"https?:|//[a-z]+\.|@import|url\(", text), file.name
        assert "innerHTML" not in text and "onclick" not in text
    assert "<script>" not in (PAGE / "index.html").read_text("utf-8")


@pytest.fixture(scope="module")
def driver():
    """A browser without a window."""
    selenium = pytest.importorskip("selenium", reason="selenium is not installed")
    chromium, chromedriver = map(shutil.which, ("chromium", "chromedriver"))
    if not (chromium and chromedriver):
        pytest.skip("no chromium and chromedriver here: apt install chromium-driver")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    assert selenium
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in ("headless=new", "no-sandbox", "disable-gpu", "window-size=1000,800"):
        options.add_argument(f"--{flag}")
    found = webdriver.Chrome(options, Service(chromedriver))
    yield found
    found.quit()


@pytest.fixture
def page(driver, service):
    """The page, loaded anew; it must log no error."""
    return opened(driver, service)


def opened(driver, service):
    driver.get(service.address)
    wait_for(lambda: get(driver, "#about").text or get(driver, "#lock").is_displayed())
    return driver


def get(page, selector):
    return page.find_element("css selector", selector)


def all_of(page, selector):
    return page.find_elements("css selector", selector)


def write(page, text):
    """Type a text and wait for its tags."""
    page.execute_script(
        "const field = document.getElementById('text'); field.value = arguments[0];"
        "field.dispatchEvent(new Event('input'));",
        text,
    )
    wait_for(lambda: words(page) == "".join(text.split()))


def words(page):
    """Return the text that the first task's marks show, without their labels."""
    return page.execute_script(
        "return [...document.querySelectorAll('#result section')].map((s) => ["
        "...s.querySelector('.reading').querySelectorAll('.token')].map("
        "(t) => t.textContent.trim()).join('')).join('')"
    )


def choose(page, name):
    page.execute_script(
        "const m = document.getElementById('model'); m.value = arguments[0];"
        "m.dispatchEvent(new Event('change'));",
        name,
    )
    wait_for(lambda: get(page, "#about").text.startswith(name))


def test_tags_appear_as_somebody_types(page, offline):
    from selenium.webdriver.common.keys import Keys

    assert "as you type" in get(page, "#intro").text
    get(page, "#text").send_keys("The dog sees")
    wait_for(lambda: words(page) == "Thedogsees")
    # As from an input method: the driver's keyboard has no emoji.
    page.execute_cdp_cmd("Input.insertText", {"text": " a cat 😀."})
    wait_for(lambda: words(page) == "Thedogseesacat😀.")
    spans = offline.tag("The dog sees a cat 😀.")[0]["spans"]["chunks"]
    shown = [mark.text.split("\n")[0] for mark in all_of(page, "#result mark")]
    assert shown == [f"{span['text']}{span['type']}" for span in spans] or shown == [
        f"{span['text']} {span['type']}" for span in spans
    ]

    # By keyboard: the first word, then the next one and its labels.
    page.execute_script("document.querySelector('#result .token').focus()")
    page.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    assert page.switch_to.active_element.text == "dog"
    tip = get(page, "#tip")
    assert tip.is_displayed() and tip.get_attribute("role") == "tooltip"
    assert page.switch_to.active_element.get_attribute("aria-describedby") == "tip"
    page.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert not tip.is_displayed()


def test_hover_readings_and_the_example(page):
    from selenium.webdriver.common.action_chains import ActionChains

    get(page, "#example").click()
    wait_for(lambda: all_of(page, ".token"))
    ActionChains(page).move_to_element(all_of(page, ".token")[1]).perform()
    wait_for(lambda: get(page, "#tip").is_displayed())
    rows = [row.text.split() for row in all_of(page, "#tip tr")]
    chances = [float(chance) for _, chance in rows]
    assert len(rows) > 2 and chances[0] > 0 and chances[1:] == sorted(chances[1:])[::-1]
    field = get(page, "#nbest")
    field.clear()
    field.send_keys("3\t")
    wait_for(lambda: all_of(page, "#result details"))
    assert len(all_of(page, "#result section:first-child details li")) == 3


def test_several_tasks_and_what_tries_to_be_a_script(page):
    choose(page, "two")
    write(page, f"A {SCRIPT} dog.<script>document.title='broken'</script>")
    assert len(all_of(page, "#result section:first-child .reading")) == 2
    assert not all_of(page, "#result img, #result script, #legend img, #tasks img")
    assert SCRIPT in get(page, "#legend").text  # it is the name of a label
    page.execute_script("document.querySelectorAll('.token')[1].focus()")
    assert not all_of(page, "#tip img")
    get(page, "#tasks input").click()
    wait_for(lambda: len(all_of(page, "#result section:first-child .reading")) == 1)
    assert page.title == "tagger"
    assert not [entry for entry in page.get_log("browser") if "broken" in str(entry)]


def test_a_file_and_what_is_saved(page, tmp_path):
    (tmp_path / "in.txt").write_text("A dog.\nשלום עולם.", "utf-8")
    get(page, "#file").send_keys(str(tmp_path / "in.txt"))
    wait_for(lambda: "שלום" in words(page))
    rtl = all_of(page, "#result p")[-1]
    assert rtl.value_of_css_property("direction") in ("rtl", "ltr")
    page.execute_script(
        "window.saved = []; HTMLAnchorElement.prototype.click = function () {"
        "saved.push(this.download); };"
        "URL.createObjectURL = (blob) => { blob.text().then((t) => saved.push(t));"
        "return 'about:blank'; };"
    )
    for kind, begins in (("conll", "A\t"), ("json", "{"), ("html", "<!DOCTYPE")):
        page.execute_script("saved.length = 0;")
        get(page, f"#format option[value={kind}]").click()
        get(page, "#save").click()
        wait_for(lambda: len(page.execute_script("return saved")) == 2)
        name, text = sorted(page.execute_script("return saved"), key=len)
        assert name == f"tags.{kind}" and text.startswith(begins)
    (tmp_path / "bad.txt").write_bytes(b"\xff\xfe\x00")
    get(page, "#file").send_keys(str(tmp_path / "bad.txt"))
    wait_for(lambda: "no text in UTF-8" in get(page, "#status").text)


def test_everything_comes_from_the_service(page, service):
    page.get_log("browser")  # what went before
    write(page, "A dog.")
    loaded = page.execute_script(
        "return performance.getEntriesByType('resource').map((entry) => entry.name)"
    )
    assert loaded and all(name.startswith(service.address) for name in loaded)
    logged = json.dumps(page.get_log("browser"))
    assert "Content Security Policy" not in logged and "SEVERE" not in logged


def test_what_the_service_refuses_is_said(page):
    choose(page, "column")
    page.execute_script(
        "const field = document.getElementById('text'); field.value = 'A dog.';"
        "field.dispatchEvent(new Event('input'));"
    )
    wait_for(lambda: "POS" in get(page, "#status").text)
    assert "bad" in get(page, "#status").get_attribute("class")


def test_a_token_is_asked_for(driver, files):
    with running([files.chunks], token="s3cret") as service:
        opened(driver, service)
        get(driver, "#token").send_keys("s3cret\n")
        wait_for(lambda: get(driver, "#about").text)
        write(driver, "A dog.")


@pytest.mark.parametrize("width", [320, 1000])
def test_nothing_is_wider_than_the_window(page, width):
    size = {"width": width, "height": 700, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    write(page, "The dog sees a cat. " * 3 + "x" * 300)
    page.execute_script("document.querySelectorAll('.token')[3].focus()")
    wide = "return document.documentElement.scrollWidth"
    assert page.execute_script(wide) <= width
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
