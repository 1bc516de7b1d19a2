"""Settings of the embedded server, from measurements on 2 cores; a bigger machine gets more memory, nothing else."""

from __future__ import annotations

import os

import psutil

MEGABYTE = 1024 * 1024
SMALLEST_BUFFERS = 128
LARGEST_BUFFERS = 1024
LEAST_SHARED_MEMORY = 256


def settings() -> dict[str, str]:
    """Give the server's settings by name.

    Durable: fsync, full page writes and synchronous commit at their safe defaults. `wal_compression` stays off: with
    pglz, the only method of the wheel, the first touch of a page after a checkpoint costs 25 times as much. `jit` costs
    more than it gives at our sizes.
    """
    total = psutil.virtual_memory().total // MEGABYTE
    buffers = max(SMALLEST_BUFFERS, min(LARGEST_BUFFERS, total // 8))
    chosen = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "password_encryption": "scram-sha-256",  # pragma: allowlist secret
        "max_connections": "150",
        "shared_buffers": f"{buffers}MB",
        "effective_cache_size": f"{max(buffers, total // 2)}MB",
        "work_mem": f"{max(8, min(64, total // 128))}MB",
        "maintenance_work_mem": f"{max(64, min(512, total // 32))}MB",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "max_parallel_workers_per_gather": "1",
        "max_parallel_workers": "2",
        "wal_compression": "off",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_checkpoints": "off",
        "log_line_prefix": "%m [%p] %u@%d ",
    }
    if _shared_memory_is_small():
        # Containers often give /dev/shm 64 MB, which parallel queries overrun.
        chosen["dynamic_shared_memory_type"] = "mmap"
    return chosen


def _shared_memory_is_small() -> bool:
    try:
        found = os.statvfs("/dev/shm")  # noqa: S108 - asked for its size, nothing is put there
    except OSError:
        return True
    return found.f_bsize * found.f_blocks // MEGABYTE < LEAST_SHARED_MEMORY
