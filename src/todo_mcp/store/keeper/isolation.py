"""What Linux adds: a user namespace in place of root, and a server that ends with its keeper."""

import ctypes
import os
import signal
import sys
from pathlib import Path

from todo_mcp.store.keeper.work import Failure

if sys.platform != "win32":
    import pwd

_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1


def leave_root() -> bool:
    """Enter a user namespace where this process has an ordinary account, if it has none here.

    PostgreSQL refuses to run as root, initdb also as a user without an account. Inside, the
    process has the name of an existing account; outside, every file still belongs to its user.
    No account is made and no permission changed. The namespace ends with its last process. True when it was entered.

    Raises:
        Failure: this system forbids it.
    """
    if sys.platform != "linux" or (os.geteuid() != 0 and _known(os.geteuid())):
        return False
    user, group, name = os.geteuid(), os.getegid(), _account()
    try:
        _unshare()
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{name} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{name} {group} 1")
    except OSError as error:
        raise Failure(
            "PostgreSQL refuses to run as root, and this system does not allow the user namespace "
            f"that would stand in for another user ({error.strerror}). Run todo-mcp as an ordinary "
            "user, allow user namespaces, or set DATABASE_URL to a PostgreSQL server."
        ) from None
    return True


def die_with(keeper: int) -> None:
    """Called in the new child: PostgreSQL shuts down when the keeper is killed.

    Where the kernel cannot do that (macOS), the next start stops what a killed keeper left.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGINT), 0, 0, 0)
    if os.getppid() != keeper:
        os._exit(1)  # the keeper died before the line above


def _known(user: int) -> bool:
    if sys.platform == "win32":
        return True
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True


def _account() -> int:
    if sys.platform == "win32":
        return 0
    # initdb wants a name for its user, so the number must be that of an account that exists.
    # Not the highest: 65534 is also what the files of everybody else seem to belong to.
    return min((entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid > 0), default=1000)


def _unshare() -> None:
    # os.unshare came with Python 3.12.
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWUSER) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
