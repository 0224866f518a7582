from lumiq_portal.embedded.logs import Log


def test_logs_turn_over_and_the_oldest_goes(tmp_path):
    log = Log(tmp_path / "web.log")
    for number in range(5):
        log.turn_over()
        log.path.write_text(f"start {number}")
    kept = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert kept == {"web.log": "start 4", "web.log.1": "start 3", "web.log.2": "start 2"}


def test_each_warning_is_counted_once(tmp_path):
    log = Log(tmp_path / "web.log")
    assert log.count_new_warnings() == 0
    log.path.write_text("2026 INFO a fine\n2026 WARNING b odd\n2026 ERR")
    assert log.count_new_warnings() == 1
    with log.path.open("a") as file:
        file.write("OR c broken\nTraceback (most recent call last):\n")
    assert log.count_new_warnings() == 2
    assert log.count_new_warnings() == 0


def test_last_lines_are_the_last(tmp_path):
    log = Log(tmp_path / "web.log")
    assert log.last_lines() == ""
    log.path.write_text("\n".join(f"line {number}" for number in range(3000)))
    assert log.last_lines(2) == "line 2998\nline 2999"
