from __future__ import annotations

import threading

import pytest

from boundary_click.widgets.workers import SerialWorker

pytestmark = pytest.mark.gui


@pytest.fixture
def worker(qapp):
    made = SerialWorker()
    yield made
    made.close()


def fail(message):
    pytest.fail(message)


def test_results_come_in_order_and_in_the_gui_thread(worker, qtbot):
    got, threads = [], set()

    def receive(result):
        got.append(result)
        threads.add(threading.current_thread())

    for number in range(5):
        worker.submit(lambda number=number: number, receive, fail)
    qtbot.waitUntil(lambda: not worker.is_busy)
    assert got == [0, 1, 2, 3, 4]
    assert threads == {threading.main_thread()}


def test_jobs_run_beside_the_gui_thread(worker, qtbot):
    got = []
    worker.submit(threading.current_thread, got.append, fail)
    qtbot.waitUntil(lambda: bool(got))
    assert got[0] is not threading.main_thread()


@pytest.mark.parametrize(
    ("error", "message"),
    [(ValueError("bad\n click"), "bad click"), (KeyError("a"), "KeyError: 'a'")],
)
def test_what_a_job_raises_comes_back_as_a_message(worker, qtbot, error, message):
    def job():
        raise error

    messages = []
    worker.submit(job, fail, messages.append)
    qtbot.waitUntil(lambda: bool(messages))
    assert messages == [message]


def test_late_results_are_dropped_but_the_job_has_run(worker, qtbot):
    gate, ran, got = threading.Event(), [], []

    def job():
        gate.wait(20)
        ran.append(True)

    ticket = worker.submit(job, got.append, fail)
    ticket.drop()
    gate.set()
    worker.submit(lambda: "next", got.append, fail)
    qtbot.waitUntil(lambda: bool(got))
    assert ran == [True]
    assert got == ["next"]


def test_nothing_is_delivered_after_close(worker, qtbot):
    gate, got = threading.Event(), []
    worker.submit(lambda: gate.wait(20), got.append, got.append)
    worker.close()
    gate.set()
    qtbot.wait(50)
    worker.submit(lambda: 1, got.append, got.append)
    assert got == []
    assert not worker.is_busy
