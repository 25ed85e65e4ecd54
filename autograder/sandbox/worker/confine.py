"""What a graded process gives up before it runs a student's first line, for good.

Limits on memory, time, processes, files and their size; where the grader runs as root, its user; and, by a
seccomp filter, every system call that reaches beyond the process itself: the network, other processes,
mounts, namespaces, kernel modules, memory that counts as no process's. Nothing here can be taken back by the
code that runs afterwards.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import signal
import struct
from typing import Any

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 1, 4, 38, 22, 2
CLONE_NEWUSER, CAPABILITY_VERSION_3 = 0x10000000, 0x20080522
ALLOW, ERRNO, KILL = 0x7FFF0000, 0x00050000, 0x80000000
NEW_NAMESPACES = 0x7E020080  # every CLONE_NEW* flag of clone(2)
AF_UNIX = 1

# Numbers of system calls, from the kernel's headers: (x86-64, AArch64).
_DENIED = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "process_madvise": (440, 440),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "unshare": (272, 97),
    "setns": (308, 268),
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    "fanotify_init": (300, 262),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "quotactl": (179, 60),
    # Memory that counts as no process's.
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "vmsplice": (278, 75),
    "acct": (163, 89),
    "syslog": (103, 116),
    "personality": (135, 92),
    "vhangup": (153, 58),
}
_CLONE, _CLONE3, _SOCKET, _SETSOCKOPT, _MMAP = (56, 220), (435, 435), (41, 198), (54, 208), (9, 222)
_SHARED_ANONYMOUS = 0x21  # MAP_SHARED | MAP_ANONYMOUS: memory that stays when no process shows it any more
_BUFFER_SIZES = (7, 8, 32, 33)  # SO_SNDBUF, SO_RCVBUF, and the same with FORCE: memory in the kernel
_SIGNALS = ((62, 129), (200, 130), (234, 131))  # kill, tkill, tgkill
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}


def confine(limits: dict[str, Any]) -> list[str]:
    """Give up everything that a notebook does not need.

    Parameters
    ----------
    limits : dict
        "memory" (bytes of address space), "cpu" (seconds), "processes", "files" (open at a time),
        "file_size" (bytes), "user" (a user id to change to, or None), "alone" (whether to enter a user namespace of its
        own), and "signals" (whether it may signal other processes, because it sees only its own).

    Returns
    -------
    list of str
        Layers that this system does not have; empty on Linux on x86-64 and AArch64.
    """
    missing = []
    for name, kind in (
        ("memory", "RLIMIT_AS"),
        ("cpu", "RLIMIT_CPU"),
        ("files", "RLIMIT_NOFILE"),
        ("file_size", "RLIMIT_FSIZE"),
        ("processes", "RLIMIT_NPROC"),
    ):
        try:
            resource.setrlimit(getattr(resource, kind), (limits[name], limits[name]))
        except (AttributeError, ValueError, OSError):
            missing.append(f"a limit on {name}")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # The grader's job, which started this process, has a soft limit here: the one on addresses replaces it.
    resource.setrlimit(resource.RLIMIT_DATA, 2 * resource.getrlimit(resource.RLIMIT_DATA)[1:])
    if limits.get("user") is not None:
        os.setgroups([])
        os.setresgid(limits["user"], limits["user"], limits["user"])
        os.setresuid(limits["user"], limits["user"], limits["user"])
    if limits["alone"] and not _own_user_namespace(os.getuid(), os.getgid()):
        missing.append("a user namespace")
    if platform.system() == "Linux":  # end with the grader, however it ends
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if not _install_filter(limits["signals"]):
        missing.append("a filter on system calls")
    return missing


def _own_user_namespace(user: int, group: int) -> bool:
    """Leave the grader's user namespace for one that has a single user, and no power over anything outside it."""
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # after a change of user /proc/self belongs to root
    if libc.unshare(CLONE_NEWUSER) != 0:
        return False
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)
    # Whoever enters a new namespace has every capability in it.
    return bool(libc.capset(struct.pack("@Ii", CAPABILITY_VERSION_3, 0), bytes(24)) == 0)


def _install_filter(signals: bool) -> bool:
    if platform.system() != "Linux" or platform.machine() not in _ARCHITECTURES:
        return False
    program = filter_program(platform.machine(), None if signals else os.getpid())
    libc = ctypes.CDLL(None, use_errno=True)
    code = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: a count, and the address of the instructions
    header = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(code)))
    return bool(
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
        and libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header, 0, 0) == 0
    )


def filter_program(machine: str, pid: int | None) -> bytes:
    """The seccomp filter as classic BPF: eight bytes an instruction.

    Parameters
    ----------
    machine : {"x86_64", "aarch64"}
    pid : int or None
        The only process that may be sent signals; None for any.
    """
    which, architecture = _ARCHITECTURES[machine]
    load, keep_bits, equal, at_least, any_bit, answer = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06
    number_at, architecture_at, argument_at = 0, 4, 16  # offsets in struct seccomp_data; the low half of argument 0
    third_at, fourth_at = argument_at + 2 * 8, argument_at + 3 * 8
    program = [
        (load, 0, 0, architecture_at),
        (equal, 1, 0, architecture),
        (answer, 0, 0, KILL),
        (load, 0, 0, number_at),
    ]
    if machine == "x86_64":  # the x32 numbers begin here
        program += [(at_least, 0, 1, 0x40000000), (answer, 0, 0, ERRNO | errno.ENOSYS)]
    for numbers in _DENIED.values():
        program += [(equal, 0, 1, numbers[which]), (answer, 0, 0, ERRNO | errno.EPERM)]
    # Refused with the error of an old kernel, so that the C library falls back to clone.
    program += [(equal, 0, 1, _CLONE3[which]), (answer, 0, 0, ERRNO | errno.ENOSYS)]
    program += [
        (equal, 0, 4, _CLONE[which]),
        (load, 0, 0, argument_at),
        (any_bit, 0, 1, NEW_NAMESPACES),
        (answer, 0, 0, ERRNO | errno.EPERM),
        (answer, 0, 0, ALLOW),
    ]
    program += [
        (equal, 0, 4, _SOCKET[which]),
        (load, 0, 0, argument_at),
        (equal, 1, 0, AF_UNIX),
        (answer, 0, 0, ERRNO | errno.EACCES),
        (answer, 0, 0, ALLOW),
    ]
    program += [(equal, 0, 2 * len(_BUFFER_SIZES) + 2, _SETSOCKOPT[which]), (load, 0, 0, third_at)]
    for option in _BUFFER_SIZES:
        program += [(equal, 0, 1, option), (answer, 0, 0, ERRNO | errno.EPERM)]
    program.append((answer, 0, 0, ALLOW))
    program += [
        (equal, 0, 5, _MMAP[which]),
        (load, 0, 0, fourth_at),
        (keep_bits, 0, 0, _SHARED_ANONYMOUS),
        (equal, 0, 1, _SHARED_ANONYMOUS),
        (answer, 0, 0, ERRNO | errno.EPERM),
        (answer, 0, 0, ALLOW),
    ]
    if pid is not None:
        for numbers in _SIGNALS:
            program += [
                (equal, 0, 4, numbers[which]),
                (load, 0, 0, argument_at),
                (equal, 1, 0, pid),
                (answer, 0, 0, ERRNO | errno.EPERM),
                (answer, 0, 0, ALLOW),
            ]
    program.append((answer, 0, 0, ALLOW))
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in program)
