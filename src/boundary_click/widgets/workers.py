"""The only module that knows threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from qtpy.QtCore import QObject
from superqt.utils import ensure_object_thread


class Ticket:
    """Stands for one job; once dropped, the job's result is not delivered any more."""

    def __init__(self) -> None:
        self._is_wanted = True

    @property
    def is_wanted(self) -> bool:
        """Whether somebody still waits for the result."""
        return self._is_wanted

    def drop(self) -> None:
        """Say that the result, if it comes, comes too late."""
        self._is_wanted = False


class SerialWorker(QObject):
    """Runs jobs one after the other beside the GUI thread, in the order they came.

    Results and errors are delivered in the thread that made the worker, which must run a
    Qt event loop. Jobs always run, as later ones may build on them, but for a dropped
    ticket nothing is delivered.

    Notes
    -----
    One Python thread with a queue, rather than a pool of Qt's: the order of jobs is then
    the order of clicks, and no lock is needed on what only jobs touch.
    """

    def __init__(self) -> None:
        super().__init__()
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="boundary-click")
        self._tickets: set[Ticket] = set()
        self._is_open = True

    @property
    def is_busy(self) -> bool:
        """Whether a result is still to come."""
        return any(ticket.is_wanted for ticket in self._tickets)

    def submit(
        self,
        job: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[str], None],
    ) -> Ticket:
        """Queue a job.

        Parameters
        ----------
        job : callable
            Runs in the background; it must not touch Qt or napari objects but for reading.
        done : callable
            Takes the job's result, in the GUI thread.
        failed : callable
            Takes the message of what the job raised, in the GUI thread.
        """
        return self._queue(Ticket(), job, done, failed)

    def stream(
        self,
        make: Callable[[], Iterable[Any]],
        received: Callable[[Any], None],
        done: Callable[[Any], None],
        failed: Callable[[str], None],
    ) -> Ticket:
        """Queue a job that yields results on its way; dropping its ticket ends it.

        Parameters
        ----------
        make : callable
            Returns what yields the results, in the background.
        received : callable
            Takes each of them, in the GUI thread.
        done : callable
            Called with None at the end, in the GUI thread.
        failed : callable
            Takes the message of what the job raised, in the GUI thread.
        """
        ticket = Ticket()

        def job() -> None:
            for result in make():
                if not ticket.is_wanted:
                    return
                self._pass_on(ticket, received, result)

        return self._queue(ticket, job, done, failed)

    def close(self) -> None:
        """Deliver nothing from now on, and end the thread after the job it runs."""
        self._is_open = False
        for ticket in self._tickets:
            ticket.drop()
        self._tickets.clear()
        self._executor.shutdown(wait=False, cancel_futures=True)

    def finish(self) -> None:
        """Run all that is queued, deliver nothing of it, and end the thread."""
        self._is_open = False
        for ticket in self._tickets:
            ticket.drop()
        self._tickets.clear()
        self._executor.shutdown(wait=True)

    def _queue(
        self,
        ticket: Ticket,
        job: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[str], None],
    ) -> Ticket:
        if self._is_open:
            self._tickets.add(ticket)
            self._executor.submit(self._run, ticket, job, done, failed)
        return ticket

    def _run(
        self,
        ticket: Ticket,
        job: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[str], None],
    ) -> None:
        try:
            result = job()
        except Exception as error:
            self._deliver(ticket, failed, message_of(error))
        else:
            self._deliver(ticket, done, result)

    @ensure_object_thread
    def _pass_on(self, ticket: Ticket, receive: Callable[[Any], None], result: Any) -> None:
        if ticket.is_wanted:
            receive(result)

    @ensure_object_thread
    def _deliver(self, ticket: Ticket, receive: Callable[[Any], None], result: Any) -> None:
        self._tickets.discard(ticket)
        if ticket.is_wanted:
            receive(result)


def message_of(error: BaseException) -> str:
    """Return an error as one line for the user."""
    text = " ".join(str(error).split())
    return text if isinstance(error, ValueError) and text else f"{type(error).__name__}: {text}"
