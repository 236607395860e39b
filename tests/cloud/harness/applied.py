"""Production applied to the emulator, planned again, and destroyed.

Most of that is waiting, so it runs in a thread beside the other tests, and is asked for at the end.
"""

import json
import threading

from harness.emulator import PRODUCTION, Emulator
from harness.plan import changes, present
from harness.terraform import Workspace


class Applied:
    """Production applied to an emulator, planned again, and destroyed, in a thread of its own."""

    def __init__(self, workspace: Workspace, emulator: Emulator) -> None:
        self.state: dict = {}
        self.second_plan: list[str] = []
        self.left: list[str] = []
        self.emulator = emulator
        self._workspace = workspace
        self._failure: BaseException | None = None
        self._applied = threading.Event()
        self._thread = threading.Thread(target=self._run, name="apply", daemon=True)
        self._thread.start()

    def applied(self) -> "Applied":
        """Waits until it is applied and planned again."""
        self._applied.wait()
        self._raise()
        return self

    def destroyed(self) -> "Applied":
        """Waits until it is gone again."""
        self._thread.join()
        self._raise()
        return self

    def _raise(self) -> None:
        if self._failure:
            raise AssertionError("production could not be applied to the emulator") from self._failure

    def _run(self) -> None:
        try:
            self._terraform("apply", "-auto-approve")
            self.state = json.loads(self._terraform("show", "-json"))
            self._terraform("plan", "-out=second")
            self.second_plan = changes(self._workspace.show(PRODUCTION, "second"))
            self._applied.set()
            self._terraform("destroy", "-auto-approve")
            state = json.loads(self._terraform("show", "-json"))
            self.left = [resource.address for resource in present(state)] if "values" in state else []
        except BaseException as failure:  # noqa: BLE001: told to the test that waits
            self._failure = failure
        finally:
            self._applied.set()

    def _terraform(self, command: str, *arguments: str) -> str:
        extra = () if command == "show" else ("-input=false", "-parallelism=20")
        return self._workspace.run(PRODUCTION, command, "-no-color", *extra, *arguments).require()
